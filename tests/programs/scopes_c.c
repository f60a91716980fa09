/* Functions, blocks, statics, globals, thread-locals and inlined calls of C, for names and scopes. */
#include <stdio.h>

int shared = 1;
static int file_static = 2;
static const int constant = 3;
extern int declared_only;
int declared_only = 4;
_Thread_local int per_thread = 5;
enum level { QUIET, LOUD = 7 } level = LOUD;
struct node {
    struct node *next;
    int value;
};
struct node head = {0, 6};

static inline __attribute__((always_inline)) int doubled(int number) {
    int result = number * 2;
    return result + shared; /* @mark doubled */
}

static inline __attribute__((always_inline)) int quadrupled(int number) {
    int half = doubled(number); /* @mark call_doubled */
    return doubled(half);
}

__attribute__((noinline)) int counter(int step) {
    static int calls = 10;
    calls += step;
    return calls; /* @mark counter */
}

__attribute__((noinline)) int shadows(int value) {
    int outer = value;
    {
        int value = outer + 1;
        int inner = 20;
        for (int value = 0; value < 1; value++) {
            int deepest = value + inner;
            outer += deepest; /* @mark deepest */
        }
        outer += value; /* @mark inner */
    }
    return outer; /* @mark outer */
}

__attribute__((noinline)) int indirect(int (*function)(int), int argument) {
    return function(argument) + 1; /* @mark indirect */
}

__attribute__((noinline)) void unused_arguments(int used, int unused, double real) {
    printf("%d\n", used); /* @mark unused */
}

int main(int argc, char **argv) {
    int total = quadrupled(argc); /* @mark call_quadrupled */
    total += counter(argc) + shadows(argc) + indirect(counter, argc);
    total += per_thread + file_static + constant + declared_only + level + head.value;
    unused_arguments(total, 1, 2.0);
    return argv == 0; /* @mark main */
}
