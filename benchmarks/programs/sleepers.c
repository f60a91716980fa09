// Sleeps in COUNT threads, the first one included, and says "ready" when all are there.  usage: sleepers COUNT
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *sleeper(void *unused) {
    for (;;)
        pause();
    return unused;
}

int main(int argc, char **argv) {
    (void)argc;
    for (long i = 1; i < atol(argv[1]); i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, sleeper, NULL))
            return 1;
    }
    puts("ready");
    fflush(stdout);
    sleeper(NULL);
}
