/* The seeds' first program: its exit code is 12. */
int twice(int n) { return 2 * n; }

int main(void) {
    return twice(6);
}
