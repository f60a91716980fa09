/* leaving_tracer PID HOW: seizes every thread of a process, stops the process with SIGSTOP, leaves each thread in
   its group-stop by PTRACE_LISTEN, and goes: HOW is "exit", or "detach" for PTRACE_DETACH before.  0 when all went well. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static int stopped_by_group(int status) {
    return WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_STOP && WSTOPSIG(status) == SIGSTOP;
}

int main(int argc, char **argv) {
    int pid = atoi(argv[1]), count = 0, tids[64];
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    for (struct dirent *one; argc > 2 && tasks && (one = readdir(tasks));)
        if (one->d_name[0] != '.' && count < 64)
            tids[count++] = atoi(one->d_name);
    if (count == 0)
        return 1;
    for (int i = 0; i < count; i++)
        if (ptrace(PTRACE_SEIZE, tids[i], 0, 0))
            return 2;
    kill(pid, SIGSTOP);
    for (int i = 0; i < count; i++) {
        int status = 0;
        do {
            if (waitpid(tids[i], &status, __WALL) != tids[i])
                return 3;
            /* The thread that takes the signal is to be given it; then all stop as a group. */
            if (WIFSTOPPED(status) && !stopped_by_group(status))
                ptrace(PTRACE_CONT, tids[i], 0, status >> 16 ? 0 : WSTOPSIG(status));
        } while (!stopped_by_group(status));
        if (!strcmp(argv[2], "exit") && ptrace(PTRACE_LISTEN, tids[i], 0, 0))
            return 4;
    }
    if (!strcmp(argv[2], "detach"))
        for (int i = 0; i < count; i++)
            if (ptrace(PTRACE_DETACH, tids[i], 0, 0))
                return 5;
    return 0;
}
