/* setjmp in a loop, and as a loop. */
#include <setjmp.h>
static jmp_buf again;
static int tries;
static void attempt(int n) {
    tries++; // @mark leaves_attempt
    if (n < 3)
        longjmp(again, n + 1); // @mark leaves_jump
    tries += 100;
}
static int loop(void) {
    volatile int n = setjmp(again);
    attempt(n); // @mark leaves_loop
    return n;
}
int main(void) {
    int last = loop();
    for (volatile int i = 0; i < 2; i++) {
        if (setjmp(again) == 0)
            attempt(1); // @mark leaves_again
        else
            tries += 1000;
    }
    return last + tries == 0;
}
