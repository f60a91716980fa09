/* steps_handler_jumps: a fault in a line without calls, whose handler leaves it by siglongjmp. */
#include <setjmp.h>
#include <signal.h>

static sigjmp_buf before;
static volatile int *volatile nowhere;
static volatile int sink;

static void on_fault(int number) {
    siglongjmp(before, number);
}

int main(void) {
    signal(SIGSEGV, on_fault);
    if (sigsetjmp(before, 1)) { // @mark set
        sink = 1; // @mark after
        return 0;
    }
    sink = 2; // @mark line
    *nowhere = 3; // @mark fault
    return 1;
}
