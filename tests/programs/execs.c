/* execs leader|thread PROGRAM [ARGS]: execs it, from the main thread or from another one, while further
   threads run. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static char **command;
static atomic_int born;

__attribute__((noinline)) void before_exec(void) { asm volatile(""); }

static void *idle(void *unused) {
    (void)unused;
    born++;
    for (;;)
        pause();
}

static void *run(void *unused) {
    (void)unused;
    before_exec();
    execv(command[0], command);
    _exit(99);
}

int main(int argc, char **argv) {
    pthread_t id;
    (void)argc;
    command = argv + 2;
    if (!strcmp(argv[1], "thread")) {
        for (int i = 0; i < 3; i++)
            pthread_create(&id, NULL, idle, NULL);
        while (born < 3)
            usleep(100);
        pthread_create(&id, NULL, run, NULL);
        for (;;)
            pause();
    }
    run(NULL);
    return 98;
}
