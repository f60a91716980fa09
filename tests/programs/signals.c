/* signals NUMBER...: handles every signal, raises those given in turn, and says which handlers ran. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

volatile int seen[65];
volatile int codes[65];

static void handler(int number, siginfo_t *info, void *context) {
    (void)context;
    seen[number]++;
    codes[number] = info->si_code;
}

__attribute__((noinline)) void before(void) { asm volatile(""); }
__attribute__((noinline)) void after(void) { asm volatile(""); }

int main(int argc, char **argv) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO;
    for (int i = 1; i < 65; i++)
        sigaction(i, &action, NULL);
    before();
    for (int i = 1; i < argc; i++)
        raise(atoi(argv[i]));
    after();
    for (int i = 1; i < 65; i++)
        if (seen[i])
            printf("%d x%d\n", i, seen[i]);
    return 0;
}
