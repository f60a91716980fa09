/* longjmp out of a call: into this frame, and into a caller's. */
#include <setjmp.h>

volatile int sink;
static jmp_buf outer, inner;

__attribute__((noinline)) static void leave(jmp_buf where, int value) { // @mark leaves_finish
    sink = value;
    longjmp(where, value);
}

__attribute__((noinline)) static int beneath(void) {
    if (setjmp(inner) == 0)
        leave(inner, 1);
    sink = 2;
    return sink;
}

__attribute__((noinline)) static void beyond(void) {
    sink = 3;
    leave(outer, 4); // @mark outer
    sink = 5;
}

int main(void) {
    sink = beneath(); // @mark beneath
    if (setjmp(outer) == 0) { // @mark set
        beyond(); // @mark leaves_caller
        sink = 6;
    }
    sink = 7; // @mark after
    return sink == 0;
}
