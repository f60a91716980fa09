/* vforks: after a byte or the end of stdin starts a vfork child that says "ready" and sleeps for 300 ms before it
   exits with 9; a second thread calls tick() meanwhile.  Exit code: the child's. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

volatile long counter;
atomic_int over;

__attribute__((noinline)) void tick(void) { counter++; }

static void *run(void *unused) {
    (void)unused;
    while (!over)
        tick();
    return NULL;
}

int main(void) {
    pthread_t id;
    int status = 0;
    char byte;
    if (read(0, &byte, 1) < 0)
        return 1;
    pthread_create(&id, NULL, run, NULL);
    pid_t pid = vfork();
    if (pid == 0) {
        struct timespec length = {0, 300000000};
        if (write(1, "ready\n", 6) == 6)
            nanosleep(&length, NULL);
        _exit(9);
    }
    waitpid(pid, &status, 0);
    over = 1;
    pthread_join(id, NULL);
    return WEXITSTATUS(status);
}
