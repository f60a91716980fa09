/* A program with its own SIGTRAP handler and its own int3s: prints how many its handler saw. */
#include <signal.h>
#include <stdio.h>

volatile int handled;

static void handler(int number) {
    (void)number;
    handled++;
}

__attribute__((noinline)) void work(void) { asm volatile(""); }

int main(void) {
    signal(SIGTRAP, handler);
    for (int i = 0; i < 5; i++) {
        work();
        asm volatile("int3");
    }
    printf("handled %d\n", handled);
    return handled == 5 ? 0 : 1;
}
