/* exec_again THREADS: has that many idle threads and execs itself without end from one of them; says "ready"
   the first time.  Ends with code 7 when stdin has ended. */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_int born;

static void *idle(void *unused) {
    (void)unused;
    born++;
    for (;;)
        pause();
}

static void *again(void *argv) {
    char **arguments = argv;
    char *command[] = {arguments[0], arguments[1], "again", NULL};
    execv("/proc/self/exe", command);
    _exit(99);
}

int main(int argc, char **argv) {
    int count = atoi(argv[1]);
    struct pollfd input = {.fd = 0, .events = POLLIN};
    pthread_t id;
    if (argc < 3) {
        printf("ready\n");
        fflush(stdout);
    }
    if (poll(&input, 1, 0) == 1)
        return 7;
    for (int i = 0; i < count; i++)
        pthread_create(&id, NULL, idle, NULL);
    while (born < count)
        usleep(100);
    pthread_create(&id, NULL, again, argv);
    for (;;)
        pause();
}
