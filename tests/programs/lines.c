// What lines of C come to: loops, inlined calls from a header, a cold part, variable arguments.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

// The lines of a header, without a file of it: what follows says that it comes from there.
#line 1 "lines_inner.h"
static inline __attribute__((always_inline)) int inner_square(int value)
{
    int result = value * value;
    return result;
}

static inline int inner_sum(const int *values, int count)
{
    int sum = 0;
    for (int i = 0; i < count; i++)
        sum += inner_square(values[i]);
    return sum;
}
#line 22 "lines.c"

volatile int sink;

__attribute__((noinline)) int variable(int count, ...)
{
    va_list list;
    int sum = 0;
    va_start(list, count);
    while (count-- > 0)
        sum += va_arg(list, int);
    va_end(list);
    return sum;
}

__attribute__((noinline)) int nested(int n)
{
    int total = 0;
    for (int i = 0; i < n; i++) { // @mark loop
        int twice = i * 2;
        if (twice > 4) {
            int half = twice / 3;
            total += half;
        }
        // a comment between statements @mark comment
        total += twice; // @mark body
    }
    return total; // @mark result
}

__attribute__((noinline)) void careful(int n)
{
    if (__builtin_expect(n > 100, 0)) {
        puts("too large");
        abort(); // @mark cold
    }
    sink = n;
}

static int one(int n) { return n + 1; } static int two(int n) { return one(n) + one(n + 1); } // @mark both

int frameless(int n) { return n * 3; } // @mark frameless

int main(int argc, char **argv)
{
    int values[4] = {argc, 2, 3, 4}; // @mark first
    sink = inner_square(argc);
    careful(argc);
    int sum = inner_sum(values, 4);
    sum += variable(3, 1, 2, 3);
    sum += nested(argc + 3);
    sum += two(argc) + frameless(sum);
    printf("%d %s\n", sum, argv[0] ? "ok" : "none");
    return 0;
}
// The end: no code is behind this line. @mark end
