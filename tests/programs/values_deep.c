/* A recursion whose arguments at -O2 are known only by what the callers passed; a variable in a register. */
#include <stdio.h>

volatile int sink;

volatile int input = 2;

__attribute__((noinline)) void touch(void) { sink++; }

__attribute__((noinline)) int keeps(int number) {
    int kept = input + number;
    touch();
    touch(); /* @mark register */
    return kept + 1;
}

__attribute__((noinline)) int deeper(int depth, int carried) {
    if (depth == 0) {
        sink = carried;
        return sink; /* @mark bottom */
    }
    return deeper(depth - 1, carried + 1) + sink;
}

int main(int argc, char **argv) {
    int result = deeper(10000 * argc, 5) + keeps(10);
    printf("%d\n", result);
    return argv == 0;
}
