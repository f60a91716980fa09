#include <signal.h>
#include <stdio.h>

static volatile sig_atomic_t seen;

static void on_signal(int number) {
    (void)number;
    seen++;
}

int main(void) {
    signal(SIGUSR1, on_signal);
    raise(SIGUSR1);
    raise(SIGUSR1);
    printf("%d seen\n", (int)seen);
    return 0;
}
