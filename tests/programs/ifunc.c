/* chosen() is an IFUNC: its resolver takes the second implementation.  libc's strlen is one too. */
#include <string.h>

static int first(int n) { return n + 100; }
static int second(int n) { return n + 1; }

typedef int function(int);
__attribute__((noinline)) function *choose(void) {
    volatile int no = 0;
    return no ? first : second;
}
int chosen(int n) __attribute__((ifunc("choose")));

volatile int length;

int main(int argc, char **argv) {
    int sum = 0;
    for (int i = 0; i < 3; i++)
        sum += chosen(i);
    length = strlen(argv[argc - 1]);
    return sum;
}
