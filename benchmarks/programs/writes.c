// Writes COUNT different values to one variable, and says how long that took.  usage: writes OUT COUNT
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

volatile long watched;

__attribute__((noinline)) void ready(void) { __asm__ volatile("" ::: "memory"); }

static long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000L + time.tv_nsec;
}

int main(int argc, char **argv) {
    (void)argc;
    long count = atol(argv[2]);
    ready();
    long begin = now();
    for (long i = 1; i <= count; i++)
        watched = i;
    long elapsed = now() - begin;
    FILE *out = fopen(argv[1], "w");
    fprintf(out, "time %ld %ld\n", elapsed, count);
    fclose(out);
    return 0;
}
