/* blocked CALL: says "ready", waits in that system call, then prints its result and errno.
   A byte on stdin ends each of them but nanosleep; SIGUSR1, which is handled, interrupts them. */
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static atomic_int word;

__attribute__((noinline)) long add(long a, long b) { return a + b; }

__attribute__((noinline)) void leave(void) { _exit(33); }

static int queue = -1, semaphores = -1;

static void handler(int number) { (void)number; }

/* Ends what the main thread waits for, when a byte comes. */
static void *waker(void *unused) {
    (void)unused;
    char byte;
    if (read(0, &byte, 1) < 0)
        return NULL;
    word = 1;
    syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0);
    struct { long kind; char text[1]; } message = {1, "m"};
    if (queue >= 0)
        msgsnd(queue, &message, 1, 0);
    struct sembuf up = {0, 1, 0};
    if (semaphores >= 0)
        semop(semaphores, &up, 1);
    kill(getpid(), SIGUSR2);
    return NULL;
}

int main(int argc, char **argv) {
    long result = -1;
    char byte = 0;
    pthread_t id;
    const char *call = argc > 1 ? argv[1] : "read";
    struct sigaction action = {.sa_handler = handler};
    sigaction(SIGUSR1, &action, NULL);
    sigset_t awaited;
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &awaited, NULL);
    printf("ready\n");
    fflush(stdout);
    errno = 0;
    if (!strcmp(call, "read")) {
        result = read(0, &byte, 1);
    } else if (!strcmp(call, "nanosleep")) {
        struct timespec length = {argc > 2 ? atoi(argv[2]) : 0, 300000000};
        result = syscall(SYS_nanosleep, &length, NULL);
    } else if (!strcmp(call, "poll")) {
        struct pollfd one = {.fd = 0, .events = POLLIN};
        result = poll(&one, 1, 60000);
    } else if (!strcmp(call, "epoll")) {
        int set = epoll_create1(0);
        struct epoll_event event = {.events = EPOLLIN};
        epoll_ctl(set, EPOLL_CTL_ADD, 0, &event);
        result = epoll_wait(set, &event, 1, 60000);
    } else if (!strcmp(call, "futex")) {
        pthread_create(&id, NULL, waker, NULL);
        result = syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
        pthread_join(id, NULL);
    } else if (!strcmp(call, "msgrcv")) {
        struct { long kind; char text[1]; } message;
        queue = msgget(IPC_PRIVATE, 0600);
        pthread_create(&id, NULL, waker, NULL);
        result = msgrcv(queue, &message, 1, 0, 0);
        pthread_join(id, NULL);
        msgctl(queue, IPC_RMID, NULL);
    } else if (!strcmp(call, "semop")) {
        struct sembuf down = {0, -1, 0};
        semaphores = semget(IPC_PRIVATE, 1, 0600);
        pthread_create(&id, NULL, waker, NULL);
        result = semop(semaphores, &down, 1);
        pthread_join(id, NULL);
        semctl(semaphores, 0, IPC_RMID);
    } else if (!strcmp(call, "sigwait")) {
        pthread_create(&id, NULL, waker, NULL);
        result = sigwaitinfo(&awaited, NULL);
        pthread_join(id, NULL);
    }
    printf("result %ld errno %d\n", result, result < 0 ? errno : 0);
    return 0;
}
