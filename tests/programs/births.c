/* births N: N threads give birth to threads without pause, each of which calls born() and ends.  Says "ready"
   when all are at it; goes on to the end of stdin.  The exit code is 7. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

atomic_long births;
atomic_int over;

__attribute__((noinline)) void born(void) { births++; }

static void *live(void *unused) {
    (void)unused;
    born();
    return NULL;
}

static void *give_birth(void *unused) {
    (void)unused;
    while (!over) {
        pthread_t id;
        if (pthread_create(&id, NULL, live, NULL) == 0)
            pthread_join(id, NULL);
    }
    return NULL;
}

int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 1;
    pthread_t ids[64];
    char byte;
    for (int i = 0; i < count; i++)
        pthread_create(&ids[i], NULL, give_birth, NULL);
    while (births < count)
        usleep(100);
    printf("ready\n");
    fflush(stdout);
    while (read(0, &byte, 1) > 0)
        ;
    over = 1;
    for (int i = 0; i < count; i++)
        pthread_join(ids[i], NULL);
    return 7;
}
