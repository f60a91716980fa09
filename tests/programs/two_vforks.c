/* two_vforks: a thread's vfork child lives until that of another thread, born after it, has ended; it ends with
   5.  Exit code: 3. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_int is_first_born, is_second_over;

static void *first(void *unused) {
    pid_t pid = vfork();
    if (pid == 0) {
        is_first_born = 1;
        while (!is_second_over)
            sched_yield();
        _exit(5);
    }
    waitpid(pid, 0, 0);
    return unused;
}

static void *second(void *unused) {
    while (!is_first_born)
        sched_yield();
    pid_t pid = vfork();
    if (pid == 0)
        _exit(0);
    waitpid(pid, 0, 0);
    is_second_over = 1;
    return unused;
}

int main(void) {
    pthread_t threads[2];
    pthread_create(&threads[0], 0, first, 0);
    pthread_create(&threads[1], 0, second, 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], 0);
    return 3;
}
