/* Every shape of a frame: leaf, alloca, recursion, variadic, tail calls, callbacks from libc, the PLT. */
#include <alloca.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone))

volatile int sink;
char text[64] = "some text that libc looks at";

NOINLINE int leaf(int x) { return x * 3 + 1; }

NOINLINE int grows(int size) {
    char *room = alloca(size);
    memset(room, size, size);
    return leaf(room[0]) + leaf(room[size - 1]);
}

NOINLINE int recursive(int depth) { /* not a loop: the result is used after the call */
    if (depth == 0)
        return leaf(depth);
    return recursive(depth - 1) * 2 + leaf(depth);
}

NOINLINE int many(int a, int b, int c, int d, int e, int f, int g, int h) {
    int x = leaf(a) + b, y = leaf(c) + d, z = leaf(e) + f, w = leaf(g) + h;
    sink += leaf(x) + leaf(y);
    return x * y + z * w + leaf(z) + leaf(w);
}

NOINLINE int variadic(int count, ...) {
    va_list list;
    va_start(list, count);
    int sum = 0;
    for (int i = 0; i < count; i++)
        sum += leaf(va_arg(list, int));
    va_end(list);
    return sum;
}

NOINLINE double floating(double x) { return x > 1 ? floating(x / 2) + 1 : x; }

NOINLINE int tail(int x) {
    sink = x;
    return leaf(x + 1);
}

NOINLINE int compare(const void *a, const void *b) {
    sink++;
    return *(const int *)a - *(const int *)b;
}

NOINLINE int sorts(void) {
    int numbers[] = {3, 1, 2};
    qsort(numbers, 3, sizeof numbers[0], compare);
    return numbers[0];
}

NOINLINE int work(int x) {
    x = leaf(x);
    x += grows(32 + (x & 1));
    x += recursive(4);
    x += many(1, 2, 3, 4, 5, 6, 7, 8);
    x += variadic(3, 1, 2, 3);
    x += (int)floating(5);
    x += tail(x);
    x += (int)strlen(text);
    x += sorts();
    return x; /* @mark end */
}

static void (*volatile bad)(void);

void handler(int number) { sink = number; /* @mark handler */ }

NOINLINE void signalled(void) {
    stack_t other = {.ss_sp = malloc(1 << 16), .ss_size = 1 << 16};
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    sigaltstack(&other, 0);
    sigaction(SIGUSR2, &action, 0);
    raise(SIGUSR2);
}

NOINLINE void faults(void) {
    bad(); /* @mark bad */
    sink = 1;
}

void caught(int number) {
    sink = number; /* @mark caught */
    _exit(3);
}

int main(int count, char **arguments) {
    if (count > 1 && !strcmp(arguments[1], "signal"))
        signalled();
    else if (count > 1 && !strcmp(arguments[1], "null"))
        faults();
    else if (count > 1 && !strcmp(arguments[1], "unmapped")) {
        bad = (void (*)(void))(long)0x123456789;
        faults();
    } else if (count > 1 && !strcmp(arguments[1], "caught")) {
        signal(SIGSEGV, caught);
        faults();
    } else if (count > 1 && !strcmp(arguments[1], "clock")) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
    } else
        sink = work(count);
    return 0;
}
