/* Says "ready" and runs for ever, in one thread and without a system call; with NO_CALL in one line. */
#include <stdio.h>

volatile unsigned long counter;

__attribute__((noinline)) void turn(void) { counter++; }

int main(void) {
    printf("ready\n");
    fflush(stdout);
#ifdef NO_CALL
    for (;;) counter++; // @mark tight
#endif
    for (;;)
        turn();
}
