/* Two stacks that take turns: swapcontext. */
#include <ucontext.h>
static ucontext_t main_context, one, two;
static char stack_one[65536], stack_two[65536];
static int turns;
static void yield_to(ucontext_t *from, ucontext_t *to) {
    turns++;
    swapcontext(from, to);
}
static void first(void) {
    for (int i = 0; i < 2; i++) {
        turns += 10;
        yield_to(&one, &two);
    }
}
static void second(void) {
    for (int i = 0; i < 2; i++) {
        turns += 100;
        yield_to(&two, &one);
    }
}
int main(void) {
    getcontext(&one);
    one.uc_stack.ss_sp = stack_one;
    one.uc_stack.ss_size = sizeof stack_one;
    one.uc_link = &main_context;
    makecontext(&one, first, 0);
    getcontext(&two);
    two.uc_stack.ss_sp = stack_two;
    two.uc_stack.ss_size = sizeof stack_two;
    two.uc_link = &main_context;
    makecontext(&two, second, 0);
    swapcontext(&main_context, &one);
    return turns == 0;
}
