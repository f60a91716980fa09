/* watching [threads]: data that changes in every way that a watchpoint must know. */
#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct point { int x, y; };
struct shape { char name[12]; struct point corner; long area; };
struct node { int value; struct node *next; };
struct flags { unsigned first : 3, second : 5, third : 8; };
#pragma pack(push, 1)
struct packed { char tag; uint64_t wide; };
#pragma pack(pop)

struct shape shape = {"square", {1, 2}, 4};
struct node last = {30, NULL}, middle = {20, &last}, first = {10, &middle};
struct node *head = &first;
struct flags flags;
struct packed packed;
int table[4], at;
char large[400];
double ratio;
const char *text = "before";
static int hidden;
static jmp_buf back;

__attribute__((noinline)) static int sum(int limit) {
    int total = 0;
    for (int i = 0; i < limit; i++)
        total += i; /* @mark total */
    return total; /* @mark return */
}

__attribute__((noinline)) static int depth(int n) {
    int mine = n; /* @mark mine */
    if (n > 0)
        mine += depth(n - 1);
    return mine;
}

__attribute__((noinline)) static void leap(void) {
    int mine = 1; /* @mark leap */
    mine++;
    longjmp(back, mine);
}

__attribute__((noinline)) static void change(void) {
    shape.corner.y = 7; /* @mark change */
    shape.area = 8;
    strcpy(shape.name, "circle");
    first.value = 11;
    head = &middle;
    middle.value = 21;
    first.value = 12;
    head = NULL;
    head = &last;
    flags.second = 9;
    flags.first = 2;
    packed.wide = 0x1122334455667788;
    table[0] = 5;
    table[2] = 6;
    at = 2;
    table[0] = 7;
    large[399] = 'x';
    ratio = 1.5;
    text = "after";
    hidden = 3;
}

static void *run(void *given) {
    for (int i = 0; i < 20; i++)
        table[3] += (int)(long)given;
    return NULL;
}

int main(int argc, char **argv) {
    int result = sum(4); /* @mark sum */
    result += depth(2); /* @mark depth */
    if (!setjmp(back))
        leap();
    change();
    if (argc > 1) {
        pthread_t ids[2];
        for (long i = 0; i < 2; i++)
            pthread_create(&ids[i], NULL, run, (void *)(i + 1));
        for (int i = 0; i < 2; i++)
            pthread_join(ids[i], NULL);
    }
    printf("%d %d\n", result, table[3]);
    return 0;
}
