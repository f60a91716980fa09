// Lines to step over: a call of a million instructions, and a loop of a few short lines.
volatile long sink;

__attribute__((noinline)) static void work(void) {
    for (long k = 0; k < 200000; k++)
        sink += k;
}

__attribute__((noinline)) static long small(long n) {
    return n + 1;
}

int main(void) {
    long sum = 0;
    for (;;) {
        work();
        for (long k = 0; k < 1000; k++) {
            sum += k;
            sink = sum;
            sum = small(sum);
        }
    }
}
