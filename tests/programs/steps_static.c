/* Small functions that -O2 inlines by itself, early returns, the conditional operator, goto. */
volatile int sink;

static int clamp(int n, int low, int high) {
    if (n < low)
        return low;
    if (n > high)
        return high;
    return n;
}

static int sign(int n) {
    return n < 0 ? -1 : n > 0 ? 1 : 0; // @mark leaves
}

static void note(int n) {
    sink = clamp(n, 0, 10);
    sink = sign(n);
}

int main(int argc, char **argv) {
    note(argc - 5);
    note(argc + 20);
    int n = argc;
again:
    n += clamp(sink, 1, 2);
    if (n < 5)
        goto again;
    sink = sign(n) && clamp(n, 0, 3);
    return sink == 9;
}
