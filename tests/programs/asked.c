/* asked HOW: says "ready" when two threads besides main call work() for ever; SIGTERM is
   default   as it is born
   handled   handled, and the handler ends the program with status 3
   vetoed    handled, and nothing comes of it but "no"
   blocked   blocked in every thread
   awaited   blocked, and waited for by a thread that ends the program with status 4
   reads     as it is born, and a line of input ends the program with status 6 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static pthread_barrier_t together;
volatile long works;

__attribute__((noinline)) void work(void) {
    works++; // @mark hot
}

static void end(int number) {
    (void)number;
    _exit(3); // @mark handler
}

static void refuse(int number) {
    (void)number;
    if (write(1, "no\n", 3) < 0)
        _exit(5);
}

static void *run(void *unused) {
    (void)unused;
    pthread_barrier_wait(&together);
    for (;;)
        work();
}

static void *await(void *set) {
    int number;
    pthread_barrier_wait(&together);
    sigwait(set, &number);
    _exit(4); // @mark awaited
}

int main(int argc, char **argv) {
    const char *how = argc > 1 ? argv[1] : "default";
    sigset_t set;
    pthread_t id;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    if (!strcmp(how, "handled"))
        signal(SIGTERM, end);
    else if (!strcmp(how, "vetoed"))
        signal(SIGTERM, refuse);
    else if (!strcmp(how, "blocked") || !strcmp(how, "awaited"))
        pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_barrier_init(&together, NULL, 3);
    pthread_create(&id, NULL, run, NULL);
    pthread_create(&id, NULL, strcmp(how, "awaited") ? run : await, &set);
    pthread_barrier_wait(&together);
    printf("ready\n");
    fflush(stdout);
    if (!strcmp(how, "reads"))
        return getchar() == EOF ? 5 : 6;
    for (;;)
        pause();
}
