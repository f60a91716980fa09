/* busy T: T threads call tick() for ever, the main thread waits for the end of stdin, then all end.
   Says "ready" when every thread runs.  The exit code is 7. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

volatile long counter;
atomic_int born, over;

__attribute__((noinline)) void tick(void) { counter++; }

static void *run(void *unused) {
    (void)unused;
    born++;
    while (!over)
        tick();
    return NULL;
}

int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 1;
    pthread_t ids[256];
    for (int i = 0; i < count; i++)
        pthread_create(&ids[i], NULL, run, NULL);
    while (born < count)
        usleep(100);
    printf("ready\n");
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0)
        ;
    over = 1;
    for (int i = 0; i < count; i++)
        pthread_join(ids[i], NULL);
    return 7;
}
