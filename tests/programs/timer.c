/* timer MICROSECONDS N: a timer signals all the time while hot() is called N times; the handler looks where
   it interrupted: outside of the text of any file it counts in `strange`.  Prints all counts.
   After each ring the loop sets it anew: one that rings by itself, faster than a busy machine lets us serve
   it, leaves the program no instruction of its own. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <ucontext.h>

volatile long calls, ticks, strange;
extern char __executable_start, etext;
static struct { unsigned long start, end; } texts[64];
static int count;

static void handler(int number, siginfo_t *info, void *context) {
    (void)number, (void)info;
    unsigned long pc = ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
    int inside = 0;
    for (int i = 0; i < count; i++)
        inside |= pc >= texts[i].start && pc < texts[i].end;
    strange += !inside;
    ticks++;
}

__attribute__((noinline)) void hot(void) { calls++; }

int main(int argc, char **argv) {
    long n = argc > 2 ? atol(argv[2]) : 1000;
    texts[count].start = (unsigned long)&__executable_start;
    texts[count++].end = (unsigned long)&etext;
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    while (count < 64 && fgets(line, sizeof line, maps))
        if ((strstr(line, "/libc") || strstr(line, "[vdso]") || strstr(line, "/ld-")) && strstr(line, "r-xp") &&
            sscanf(line, "%lx-%lx", &texts[count].start, &texts[count].end) == 2)
            count++;
    fclose(maps);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigaction(SIGALRM, &action, NULL);
    struct itimerval once;
    memset(&once, 0, sizeof once);
    once.it_value.tv_usec = atol(argv[1]);
    long rung = -1;
    for (long i = 0; i < n; i++) {
        if (ticks != rung) {
            rung = ticks;
            setitimer(ITIMER_REAL, &once, NULL);
        }
        hot();
    }
    while (ticks == 0)
        ;
    memset(&once, 0, sizeof once);
    setitimer(ITIMER_REAL, &once, NULL);
    printf("calls %ld ticked %d strange %ld\n", calls, ticks > 0, strange);
    return 0;
}
