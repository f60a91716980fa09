/* Inlined calls, one in another, two on one line, and one in a loop. */
volatile int sink;

static inline __attribute__((always_inline)) int twice(int n) {
    sink = n;
    return n + sink;
}

static inline __attribute__((always_inline)) int four_times(int n) {
    int once = twice(n);
    sink = once;
    return twice(once);
}

__attribute__((noinline)) static int loop(int n) {
    int sum = 0;
    for (int k = 0; k < n; k++)
        sum += twice(k);
    return sum;
}

int main(int argc, char **argv) {
    int a = twice(argc);
    int b = four_times(a); // @mark nested
    sink = b;
    int c = twice(a) + twice(b);
    sink = loop(3);
    return c == 7;
}
