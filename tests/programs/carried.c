/* Two programs of which one lacks a variable that the other has. */
int counter;
#ifdef FIRST
int only_first = 5;
#endif

int add(int x, int y) {
    counter = x + y;
    return counter;
}

int main(void) {
    for (int i = 0; i < 5; i++)
        add(i, i);
    return 0;
}
