/* sleepers T N: T threads that sleep for ever, while the main thread calls hot() N times. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

volatile long calls;
static pthread_barrier_t together;

__attribute__((noinline)) void hot(void) { calls++; }

static void *sleeper(void *unused) {
    pthread_barrier_wait(&together);
    for (;;)
        pause();
    return unused;
}

int main(int argc, char **argv) {
    int threads = argc > 1 ? atoi(argv[1]) : 0;
    long count = argc > 2 ? atol(argv[2]) : 1;
    pthread_t id;
    pthread_barrier_init(&together, NULL, threads + 1);
    for (int i = 0; i < threads; i++)
        pthread_create(&id, NULL, sleeper, NULL);
    pthread_barrier_wait(&together);
    for (long i = 0; i < count; i++)
        hot();
    return 0;
}
