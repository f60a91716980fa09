/* Loops that the compiler unrolls, vectorises, turns around or removes, and what becomes of their variables. */
enum { N = 16 };
struct sums {
    int even, odd;
};

__attribute__((noipa)) static long use(const void *what, long n) { return *(const char *)what + n; }

__attribute__((noipa)) static int unrolled(const int *items) {
    int sum = 0;
    for (int i = 0; i < 4; i++) {
        int item = items[i];
        sum += item * i; /* @mark unrolled: item; i; sum; items[i] */
    }
    return sum; /* @mark unrolled_end: sum; *items@4 */
}

__attribute__((noipa)) static struct sums vectorised(const int *restrict items, int *restrict results, int n) {
    struct sums sums = {0, 0};
    for (int i = 0; i < n; i++) results[i] = items[i] * 3 + 1;
    for (int i = 0; i < n; i++) {
        if (i % 2)
            sums.odd += results[i];
        else
            sums.even += results[i]; /* @mark vectorised: i; sums */
    }
    use(results, n); /* @mark vectorised_end: sums; n; *results@4 */
    return sums;
}

__attribute__((noipa)) static long pointers(const char *text) {
    const char *end = text;
    while (*end) end++; /* @mark pointers: *end; end - text */
    long length = end - text;
    for (const char *back = end; back > text; back--) use(back, length); /* @mark back: *back; length; end - back */
    return length; /* @mark pointers_end: length; text; end */
}

__attribute__((noipa)) static long breaking(unsigned limit) {
    unsigned n = limit, rounds = 0;
    do {
        if (n == 1) break;
        n = n % 2 ? 3 * n + 1 : n / 2;
        rounds++; /* @mark breaking: n; rounds */
    } while (rounds < 100);
    return use(&n, rounds); /* @mark breaking_end: n; rounds; limit */
}

int main(void) {
    int items[N], results[N];
    for (int i = 0; i < N; i++) items[i] = i - 3;
    struct sums sums = vectorised(items, results, N);
    long sum = unrolled(items) + pointers("looped") + breaking(7);
    return (int)(sum + use(&sums, results[3])); /* @mark main: sums; items; results[3] */
}
