/* A thread forks; the main thread goes on as soon as there is a child, which may still be at its first stop. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

void beside(void) {}

static void *forks(void *unused) {
    (void)unused;
    if (fork() == 0)
        _exit(7);
    return 0;
}

int main(void) {
    pthread_t thread;
    siginfo_t ended;
    int status = 0;
    pthread_create(&thread, 0, forks, 0);
    while (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == -1 && errno == ECHILD)
        sched_yield();
    beside();
    pthread_join(thread, 0);
    waitpid(-1, &status, 0);
    return WEXITSTATUS(status);
}
