// Runs a command and says what it used: nothing of whoever started this.
//
// usage: usage OUT COMMAND [ARGUMENTS...]     OUT is written new; the exit status is the command's
//
// OUT gets lines "NAME VALUE 1": begin (ns of CLOCK_MONOTONIC just before the command), cpu (ns, of the
// command and what it waited for) and memory (bytes, the most of any one process of them).
// A process keeps the memory high-water mark of the one it was forked from, through exec, so only a tiny
// one can measure a small command.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t child;

static void pass_on(int number) { kill(child, number); }

static void die(const char *what) {
    fprintf(stderr, "usage: %s: %s\n", what, strerror(errno));
    exit(126);
}

static long long nanoseconds(struct timeval time) { return time.tv_sec * 1000000000LL + time.tv_usec * 1000LL; }

int main(int count, char **arguments) {
    if (count < 3)
        return 125;
    struct timespec begin;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    child = fork();
    if (child == -1)
        die("fork");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execvp(arguments[2], arguments + 2);
        die(arguments[2]);
    }
    signal(SIGTERM, pass_on);
    int status;
    struct rusage used;
    while (wait4(child, &status, 0, &used) == -1)
        if (errno != EINTR)
            die("wait4");
    FILE *out = fopen(arguments[1], "w");
    if (!out)
        die(arguments[1]);
    fprintf(out, "begin %lld 1\n", begin.tv_sec * 1000000000LL + begin.tv_nsec);
    fprintf(out, "cpu %lld 1\n", nanoseconds(used.ru_utime) + nanoseconds(used.ru_stime));
    fprintf(out, "memory %lld 1\n", used.ru_maxrss * 1024LL);
    fclose(out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
