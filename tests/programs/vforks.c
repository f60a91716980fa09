/* vforks: after a byte or the end of stdin starts a vfork child that says "ready" and exits with 9 at the next byte
   or the end of stdin; a second thread calls tick() meanwhile.  Exit code: the child's. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
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
        if (write(1, "ready\n", 6) == 6 && read(0, &byte, 1) >= 0)
            _exit(9);
        _exit(8);
    }
    waitpid(pid, &status, 0);
    over = 1;
    pthread_join(id, NULL);
    return WEXITSTATUS(status);
}
