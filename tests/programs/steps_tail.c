/* Tail calls, which at -O2 are jumps. */
volatile int sink;

__attribute__((noinline)) static int last(int n) {
    sink = n;
    return n + 1;
}

__attribute__((noinline)) static int middle(int n) {
    sink = n + 1;
    return last(n * 2);
}

__attribute__((noinline)) static int first(int n) {
    sink = n + 2;
    return middle(n + 3);
}

int main(void) {
    int n = first(1); // @mark first
    sink = n;
    return n == 1;
}
