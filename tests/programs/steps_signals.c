/* A signal whose handler runs in the midst of a line. */
#include <signal.h>

volatile int sink;
volatile sig_atomic_t handled;

static void on_signal(int number) {
    handled++;
    sink = number; // @mark handler
}

int main(void) {
    signal(SIGWINCH, on_signal);
    sink = 1; // @mark before
    raise(SIGWINCH); // @mark raise
    sink = 2; // @mark after
    return handled != 1;
}
