/* Threads for others to end: one in read(), one that calls work(), one that waits with two mutexes held.
   main joins them all, says what has become of the mutexes, and is 0. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static int ends[2];
static pthread_mutex_t robust, plain = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t together;
atomic_int reader, worker, holder;
atomic_long works;

__attribute__((noinline)) static void work(void) {
    works++; /* @mark work */
}

static void *reads(void *unused) {
    char letter;
    reader = gettid();
    pthread_barrier_wait(&together);
    read(ends[0], &letter, 1);
    return unused;
}

static void *calls(void *unused) {
    worker = gettid();
    pthread_barrier_wait(&together);
    for (;;)
        work(); /* @mark call */
    return unused;
}

static void *holds(void *unused) {
    char letter;
    pthread_mutex_lock(&robust);
    pthread_mutex_lock(&plain);
    holder = gettid();
    pthread_barrier_wait(&together);
    read(ends[0], &letter, 1);
    return unused;
}

static int is_reading(int tid) {
    char path[64], text[8] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/syscall", tid);
    FILE *file = fopen(path, "r");
    if (file) {
        fgets(text, sizeof text, file);
        fclose(file);
    }
    return text[0] == '0' && text[1] == ' ';
}

int main(void) {
    pthread_t ids[3];
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&robust, &attributes);
    pthread_barrier_init(&together, NULL, 4);
    pipe(ends);
    pthread_create(&ids[0], NULL, reads, NULL);
    pthread_create(&ids[1], NULL, calls, NULL);
    pthread_create(&ids[2], NULL, holds, NULL);
    pthread_barrier_wait(&together);
    while (!is_reading(reader) || !is_reading(holder))
        ;
    puts("ready"); /* @mark ready */
    fflush(stdout);
    for (int i = 0; i < 3; i++)
        pthread_join(ids[i], NULL);
    int died = pthread_mutex_lock(&robust) == EOWNERDEAD, held = pthread_mutex_trylock(&plain) == EBUSY;
    printf("robust %s, plain %s\n", died ? "owner died" : "?", held ? "held" : "free");
    return 0;
}
