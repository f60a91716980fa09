/* Variables that gcc -g1 names without their types. */
int counter = 7;
const char *const words[] = {"one", "two"};

int main(void) {
    return counter == 7 && words[0] ? 0 : 1; /* @mark stop */
}
