/* Variables of each thread: plain, static, in functions, arrays and structures, of two threads. */
#include <pthread.h>

struct state {
    int id;
    const char *name;
};
_Thread_local int plain = 1;
static _Thread_local long hidden = 2;
_Thread_local struct state state = {3, "main"};
static __thread short array[4] = {1, 2, 3, 4};
static __thread char zeroed[16];

__attribute__((noipa)) static long use(const void *what, long n) { return *(const char *)what + n; }

__attribute__((noipa)) static long counted(int by) {
    static _Thread_local int calls = 100;
    int *address = &plain;
    calls += by;
    zeroed[1] = 'z';
    return use(address, calls) + use(zeroed, 1); /* @mark counted: plain; hidden; state; array; calls; *address; &plain == address; state.name; array[2]; zeroed; sizeof state */
}

static void *run(void *argument) {
    plain = 10;
    hidden = -20;
    state = (struct state){30, argument};
    array[0] = -1;
    long sum = counted(5);
    return (void *)use(&state, sum); /* @mark run: plain; hidden; state; array; zeroed */
}

int main(void) {
    pthread_t thread;
    long first = counted(1);
    pthread_create(&thread, 0, run, "second");
    pthread_join(thread, 0);
    return (int)use(&state, first + hidden + array[1]); /* @mark main: plain; hidden; state; &array[1]; *&state.id; array */
}
