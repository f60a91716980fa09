/* Blocks SIGTRAP and all others in a worker thread, calls work() there, and says whether SIGTRAP is still
   blocked afterwards. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

__attribute__((noinline)) void work(void) { asm volatile(""); }

static void *run(void *unused) {
    (void)unused;
    sigset_t all, now;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    for (int i = 0; i < 5; i++)
        work();
    pthread_sigmask(SIG_SETMASK, NULL, &now);
    printf("blocked %d\n", sigismember(&now, SIGTRAP));
    return NULL;
}

int main(void) {
    pthread_t id;
    pthread_create(&id, NULL, run, NULL);
    pthread_join(id, NULL);
    return 0;
}
