/* fork_crowd: four threads fork at once, two of them by vfork; each child calls in_child() and ends with 5.
   Exit code: how many children ended so. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_barrier_t together;
static atomic_int good;

__attribute__((noinline)) void in_child(void) { _exit(5); }

static void *forks(void *by_vfork) {
    int status = 0;
    pthread_barrier_wait(&together);
    pid_t pid = by_vfork ? vfork() : fork();
    if (pid == 0)
        in_child();
    if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 5)
        good++;
    return 0;
}

int main(void) {
    pthread_t threads[4];
    pthread_barrier_init(&together, 0, 4);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], 0, forks, i % 2 ? threads : 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], 0);
    return good;
}
