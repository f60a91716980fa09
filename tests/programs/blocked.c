/* blocked CALL: says "ready", waits in that system call, then prints its result and errno.
   Data on stdin ends read, poll, epoll; SIGUSR1 or a second thread ends the futex wait. */
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static atomic_int word;

__attribute__((noinline)) long add(long a, long b) { return a + b; }

static void *waker(void *unused) {
    (void)unused;
    char byte;
    if (read(0, &byte, 1) < 0)
        return NULL;
    word = 1;
    syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0);
    return NULL;
}

int main(int argc, char **argv) {
    long result = -1;
    char byte = 0;
    pthread_t id;
    const char *call = argc > 1 ? argv[1] : "read";
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
    }
    printf("result %ld errno %d\n", result, result < 0 ? errno : 0);
    return 0;
}
