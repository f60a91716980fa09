// Goes round a small loop for ever, for single-stepping.
volatile long sink;

__attribute__((noinline)) void spin(void) {
    for (long i = 0;; i++)
        sink = sink * 3 + i;
}

int main(void) {
    spin();
    return 0;
}
