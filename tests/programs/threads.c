/* threads T N: T threads call work() N times each, then say how often it ran.
   threads T N short: T threads one after the other, each joined before the next is born. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

atomic_long works;
long calls;
pthread_barrier_t together;

__attribute__((noinline)) void work(long n) { atomic_fetch_add(&works, n); }

static void *run(void *unused) {
    (void)unused;
    pthread_barrier_wait(&together);
    for (long i = 0; i < calls; i++)
        work(1);
    return NULL;
}

static void *run_short(void *unused) {
    (void)unused;
    for (long i = 0; i < calls; i++)
        work(1);
    return NULL;
}

int main(int argc, char **argv) {
    int count = atoi(argv[1]);
    pthread_t *ids = calloc(count, sizeof *ids);
    calls = atol(argv[2]);
    pthread_barrier_init(&together, NULL, count);
    if (argc > 3 && strcmp(argv[3], "short") == 0) {
        for (int i = 0; i < count; i++) {
            pthread_create(&ids[i], NULL, run_short, NULL);
            pthread_join(ids[i], NULL);
        }
    } else {
        for (int i = 0; i < count; i++)
            pthread_create(&ids[i], NULL, run, NULL);
        for (int i = 0; i < count; i++)
            pthread_join(ids[i], NULL);
    }
    printf("works %ld\n", (long)works);
    return works == count * calls ? 0 : 1;
}
