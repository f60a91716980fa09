/* forks HOW [N]: makes N children (default 1) by fork, vfork, spawn, system or clone; each child that
   shares this image calls in_child(); the parent calls in_parent() after each.  Exit code: how many
   children ended as they should. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

volatile long passed;
extern char **environ;

__attribute__((noinline)) void shared(void) { passed++; }
__attribute__((noinline)) void in_child(void) { shared(); }
__attribute__((noinline)) void in_parent(void) { shared(); }

static int run(void *unused) {
    (void)unused;
    in_child();
    return 9;
}

static pid_t start(const char *how) {
    static char stack[65536] __attribute__((aligned(16)));
    pid_t pid = -1;
    if (!strcmp(how, "fork")) {
        pid = fork();
        if (pid == 0)
            _exit(run(NULL));
    } else if (!strcmp(how, "vfork")) {
        pid = vfork();
        if (pid == 0) {
            in_child();
            _exit(9);
        }
    } else if (!strcmp(how, "spawn")) {
        char *arguments[] = {"sh", "-c", "exit 9", NULL};
        posix_spawn(&pid, "/bin/sh", NULL, NULL, arguments, environ);
    } else if (!strcmp(how, "clone")) {
        pid = clone(run, stack + sizeof stack, SIGCHLD, NULL);
    } else if (!strcmp(how, "clonevm")) {
        pid = clone(run, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL);
    }
    return pid;
}

int main(int argc, char **argv) {
    int count = argc > 2 ? atoi(argv[2]) : 1, good = 0;
    for (int i = 0; i < count; i++) {
        int status = 0;
        if (!strcmp(argv[1], "system")) {
            status = system("exit 9");
        } else {
            pid_t pid = start(argv[1]);
            if (pid < 0 || waitpid(pid, &status, 0) != pid)
                return 100;
        }
        in_parent();
        if (WIFEXITED(status) && WEXITSTATUS(status) == 9)
            good++;
        else
            fprintf(stderr, "child status %#x\n", status);
    }
    return good;
}
