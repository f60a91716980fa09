/* Threads that work while one of them is stepped. */
#include <pthread.h>

static volatile long counts[4];
static volatile int going = 1;
volatile int sink;

static void *work(void *argument) {
    volatile long *count = argument;
    if (argument == &counts[3])
        return 0; // @mark leaves
    while (going)
        ++*count;
    return 0;
}

__attribute__((noinline)) static long wait_for(int thread) {
    long before = counts[thread];
    while (counts[thread] == before)
        ;
    return before;
}

int main(void) {
    pthread_t threads[3];
    for (int k = 0; k < 3; k++)
        pthread_create(&threads[k], 0, work, (void *)&counts[k]);
    pthread_t short_lived;
    pthread_create(&short_lived, 0, work, (void *)&counts[3]);
    wait_for(0); // @mark wait
    sink = 1;
    wait_for(2);
    going = 0;
    pthread_join(short_lived, 0);
    for (int k = 0; k < 3; k++)
        pthread_join(threads[k], 0);
    return 0; // @mark end
}
