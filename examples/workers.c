#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>

static long jobs = 3;
static long done;
static pthread_barrier_t start, end;

static void work(long job) {
    done += job;
}

static void *worker(void *argument) {
    long first = (long)argument;
    pthread_barrier_wait(&start);
    for (long job = first; job < first + jobs; job++)
        work(job);
    pthread_barrier_wait(&end);
    return NULL;
}

int main(void) {
    pthread_t threads[2];
    pthread_barrier_init(&start, NULL, 3);
    pthread_barrier_init(&end, NULL, 2);
    for (long i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, worker, (void *)(10 * (i + 1)));
        pthread_setname_np(threads[i], i ? "second" : "first");
    }
    pthread_barrier_wait(&start);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    printf("done: %ld\n", done);
    return 0;
}
