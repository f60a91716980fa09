/* Arguments whose registers are used again, so that only the caller's call says what they were. */
__attribute__((noipa)) static long use(long n) { return n + 1; }

__attribute__((noinline, noclone)) static long lost(long a, int b, const char *c, double d) {
    long first = use(7); /* @mark lost: a; b; c; d */
    return first + use(first); /* @mark lost_later: a; b; c; d; first */
}

__attribute__((noinline, noclone)) static long changed(long a, long b) {
    a += b;
    b = use(a); /* @mark changed: a; b */
    return a * b;
}

__attribute__((noinline, noclone)) static long kept(long a, const long *where) {
    long before = use(a);
    long after = use(*where); /* @mark kept: a; *where; before */
    return before + after + a;
}

__attribute__((noinline, noclone)) static long deep(int n, long carried) {
    if (n == 0) return use(1); /* @mark deep: n; carried */
    return deep(n - 1, carried * 2) + 1;
}

__attribute__((noipa)) static long caller(long x) {
    long on_stack = x * 3;
    long sum = lost(x, 5, "five", 2.5) + lost(x + 1, (int)x, "other", 0.5);
    sum += changed(x, 10) + kept(on_stack, &on_stack) + deep(3, x);
    return sum + on_stack; /* @mark caller: x; on_stack; sum */
}

int main(void) { return caller(6) == 0; }
