/* steps_ticks: a timer whose handler runs amid lines.  Without an argument it does not run; with "jumps" there is
   none, and the handler leaves a line that calls nothing and never ends, whoever sends it the signal. */
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>

static volatile int ticks, sink;
static volatile int forever = 1;
static sigjmp_buf before;

static void on_tick(int number) {
    ticks++;
    sink += number;
}

static void on_alarm(int number) {
    siglongjmp(before, number);
}

static void every(int interval) {
    struct itimerval times = {{0, interval}, {0, interval}};
    setitimer(ITIMER_REAL, &times, 0);
}

static int twice(int n) {
    int result = n * 2;
    return result;
}

static int loop(int n) {
    int i, sum = 0;
    for (i = 0; i < n; i++) sum += i * sink;
    return sum;
}

static int jumps(void) {
    signal(SIGALRM, on_alarm);
    if (sigsetjmp(before, 1)) // @mark set
        return sink; // @mark landed
    while (forever) sink++; // @mark forever
    return -1;
}

int main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "jumps"))
        return jumps() < 0;
    if (argc > 1) {
        signal(SIGALRM, on_tick);
        every(200);
    }
    int total = 0;
    for (int round = 0; round < 30; round++) { // @mark rounds
        total += twice(round);
        total += loop(1000);
        total ^= twice(total) + twice(round);
        sink = total;
    }
    every(0);
    return 0;
}
