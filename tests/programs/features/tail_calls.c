/* Calls at the very end of functions, which the optimizer makes jumps: what is known in them and of their callers. */
static volatile int started = 1;
__attribute__((noipa)) static long use(const void *what, long n) { return *(const char *)what + n; }

__attribute__((noinline)) static long last(long a, long b, const char *text) {
    long sum = a * b;
    return use(text, sum) + use(&sum, 1); /* @mark last: a; b; text; sum */
}

__attribute__((noinline)) static long middle(long a, const char *text) {
    long twice = a * 2;
    return last(twice, a + 1, text); /* @mark middle: a; twice; text */
}

__attribute__((noinline)) static long first(const char *text) {
    long length = 0;
    while (text[length]) length++;
    return middle(length, text); /* @mark first: length; text */
}

__attribute__((noinline)) static long even(unsigned n);

__attribute__((noinline)) static long odd(unsigned n) {
    if (n == 0) return use("odd", 0); /* @mark odd: n */
    return even(n - 1);
}

static long even(unsigned n) {
    if (n == 0) return use("even", 1); /* @mark even: n */
    return odd(n - 1);
}

int main(void) {
    long result = first("tail") + even((unsigned)started + 3);
    return (int)use(&result, started) == 0; /* @mark main: result */
}
