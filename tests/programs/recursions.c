/* recursions HOW DEPTH: deep stacks of few functions, as far as bottom().  HOW is of these letters, in turn for each
   call: d one function that calls itself, m two that call each other, a room of changing size, t a tail call,
   s a signal whose handler goes on, on another stack that is above this one. */
#include <alloca.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define NOINLINE __attribute__((noinline, noclone))
#define STACK (1 << 20)
#define OTHER_STACK (1 << 17) /* so near that both are read together */

volatile int sink;
static const char *how;
static volatile int left_in_handler;

NOINLINE int go(int n);

NOINLINE void bottom(void) { sink++; }

NOINLINE int direct(int n, int more) {
    if (more > 0)
        return direct(n, more - 1) + n;
    return go(n) + 1;
}

NOINLINE int ping(int n, int more);

NOINLINE int pong(int n, int more) {
    volatile int room[20];
    room[more & 15] = n;
    int found = more > 0 ? ping(n, more - 1) : go(n);
    return found + room[more & 15];
}

NOINLINE int ping(int n, int more) { return (more > 0 ? pong(n, more - 1) : go(n)) + 2; }

NOINLINE int grows(int n) {
    char *room = alloca(16 + n % 64);
    memset(room, n, 16);
    return go(n) + room[3];
}

NOINLINE int ends(int n) { return go(n); }

NOINLINE int tail(int n) {
    sink += n;
    return ends(n); /* its frame is given up at -O2 */
}

static void on_signal(int number) { sink += go(left_in_handler) + number; }

NOINLINE int signalled(int n) {
    left_in_handler = n;
    raise(SIGUSR1);
    return sink;
}

NOINLINE int go(int n) {
    if (n <= 0) {
        bottom();
        return 0;
    }
    int found;
    switch (how[n % strlen(how)]) {
    case 'd': found = direct(n - 1, 5); break;
    case 'm': found = ping(n - 1, 5); break;
    case 'a': found = grows(n - 1); break;
    case 't': found = tail(n - 1); break;
    default: found = signalled(n - 1); break;
    }
    return found + 3;
}

static void *runs(void *stack) {
    stack_t other = {.ss_sp = (char *)stack + STACK, .ss_size = OTHER_STACK};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK | SA_NODEFER};
    sigaltstack(&other, NULL);
    sigaction(SIGUSR1, &action, NULL);
    sink = go(left_in_handler);
    return NULL;
}

int main(int argc, char **argv) {
    pthread_attr_t attributes;
    pthread_t thread;
    char *stack = mmap(NULL, 2 * STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    how = argc > 1 ? argv[1] : "d";
    left_in_handler = argc > 2 ? atoi(argv[2]) : 10;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, stack, STACK);
    pthread_create(&thread, &attributes, runs, stack);
    pthread_join(thread, NULL);
    return 0;
}
