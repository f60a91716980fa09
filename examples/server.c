#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int handled;
static int level = 1;
static volatile sig_atomic_t running = 1;

static void on_signal(int number) {
    if (number == SIGUSR1)
        level++;
    else
        running = 0;
}

static int helper(int request) {
    return request % 3;
}

static void handle(int request) {
    handled++;
    if (request % 20 == 0) {
        pid_t child = fork();
        if (child == 0)
            _exit(helper(request));
        waitpid(child, NULL, 0);
    }
}

int main(void) {
    struct timespec pace = {0, 10 * 1000 * 1000};
    signal(SIGUSR1, on_signal);
    signal(SIGTERM, on_signal);
    for (int request = 1; running; request++) {
        handle(request);
        nanosleep(&pace, NULL);
    }
    printf("served, level %d\n", level);
    return 0;
}
