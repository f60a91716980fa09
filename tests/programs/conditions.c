/* conditions T N: fact(6), then a list, then T threads that count to N. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node {
    int value;
    struct node *next;
};

enum color { RED, GREEN, BLUE };

int total;
volatile int watched;
static pthread_barrier_t together;

__attribute__((noinline)) int is_even(int n) { return n % 2 == 0; }

__attribute__((noinline)) long fact(int n) {
    if (n <= 1) // @mark fact
        return 1;
    return n * fact(n - 1);
}

__attribute__((noinline)) int visit(struct node *node, const char *name, enum color color) {
    total++; // @mark visit
    return node != NULL && name[0] == 'x' ? node->value : (int)color;
}

__attribute__((noinline)) void leaf(int id, long round) {
    (void)id;
    (void)round; // @mark leaf
}

__attribute__((noinline)) static void set_watched(int to) { watched = to; }

__attribute__((noinline)) static void change(void) {
    for (int turn = 0; turn < 6; turn++)
        set_watched(turn * 10); // @mark change
}

static long rounds;

static void *run(void *given) {
    int id = (int)(long)given;
    pthread_barrier_wait(&together);
    for (long i = 0; i < rounds; i++)
        leaf(id, i);
    return NULL;
}

int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 0;
    rounds = argc > 2 ? atol(argv[2]) : 0;
    struct node third = {3, NULL}, second = {2, &third}, first = {1, &second};
    long product = fact(6);
    for (struct node *at = &first; at != NULL; at = at->next)
        visit(at, at->value == 2 ? "two" : "other", at->value == 3 ? BLUE : GREEN);
    visit(NULL, "none", RED);
    change();
    pthread_t *ids = calloc(count + 1, sizeof *ids);
    pthread_barrier_init(&together, NULL, count ? count : 1);
    for (long i = 0; i < count; i++)
        pthread_create(&ids[i], NULL, run, (void *)i);
    for (int i = 0; i < count; i++)
        pthread_join(ids[i], NULL);
    free(ids);
    return product == 720 ? 0 : 1;
}
