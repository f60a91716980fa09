// Calls hit() COUNT times in each of CALLERS threads while SLEEPERS more sleep; writes how long that took.
// usage: hits OUT COUNT [SLEEPERS [CALLERS]]; one caller is the first thread itself.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

volatile long sink;

__attribute__((noinline)) long hit(long number) {
    long result = number * 3 + 1;
    sink = result;
    return result;
}

// Never called: addresses for breakpoints that only have to be there, and the C tracer's slot.
#define EIGHT(x) x x x x x x x x
__attribute__((noinline, used)) void filler(void) {
    __asm__ volatile(EIGHT(EIGHT(EIGHT(EIGHT("nop\n")))));
}

static long count;

static void *caller(void *unused) {
    for (long i = 0; i < count; i++)
        hit(i);
    return unused;
}

static void *sleeper(void *unused) {
    for (;;)
        pause();
    return unused;
}

static long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000L + time.tv_nsec;
}

__attribute__((noinline)) void ready(void) { __asm__ volatile("" ::: "memory"); }

int main(int argc, char **argv) {
    count = atol(argv[2]);
    long sleepers = argc > 3 ? atol(argv[3]) : 0;
    long callers = argc > 4 ? atol(argv[4]) : 1;
    pthread_t threads[64];
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    if (callers > 64)
        return 1;
    for (long i = 0; i < sleepers; i++) {
        pthread_t thread;
        if (pthread_create(&thread, &small, sleeper, NULL))
            return 1;
    }
    ready();
    long begin = now();
    for (long i = 1; i < callers; i++)
        if (pthread_create(&threads[i], NULL, caller, NULL))
            return 1;
    caller(NULL);
    for (long i = 1; i < callers; i++)
        pthread_join(threads[i], NULL);
    long elapsed = now() - begin;
    FILE *out = fopen(argv[1], "w");
    fprintf(out, "time %ld %ld\n", elapsed, callers * count);
    fclose(out);
    return 0;
}
