/* A function that calls itself twice on one line. */
int depth;

static int fib(int n) {
    depth++;
    if (n < 2)
        return n;
    return fib(n - 1) + fib(n - 2);
}

static int one_line(int n) { return n ? 1 + one_line(n - 1) : 0; }

int main(void) {
    int a = fib(4); // @mark fib
    int b = one_line(3); // @mark one
    return a + b + depth == 0;
}
