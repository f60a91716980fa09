/* masked HOW: calls work() five times in a worker thread and says what is left of its SIGTRAP afterwards.
   all      every signal blocked
   ignored  SIGTRAP ignored
   nothing  as it is born */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const char *how;

__attribute__((noinline)) void work(void) { asm volatile(""); }

static void *run(void *unused) {
    (void)unused;
    sigset_t set, now;
    sigemptyset(&set);
    if (!strcmp(how, "all"))
        sigfillset(&set);
    pthread_sigmask(SIG_SETMASK, &set, NULL);
    for (int i = 0; i < 5; i++)
        work();
    pthread_sigmask(SIG_SETMASK, NULL, &now);
    struct sigaction action;
    sigaction(SIGTRAP, NULL, &action);
    printf("blocked %d usr1 %d ignored %d\n", sigismember(&now, SIGTRAP), sigismember(&now, SIGUSR1),
           action.sa_handler == SIG_IGN);
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t id;
    how = argc > 1 ? argv[1] : "all";
    if (!strcmp(how, "ignored"))
        signal(SIGTRAP, SIG_IGN);
    pthread_create(&id, NULL, run, NULL);
    pthread_join(id, NULL);
    return 0;
}
