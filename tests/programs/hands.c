/* What hands type most is typed at this program: structures, arrays, strings, calls, an exit code. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT 3

enum color { RED, GREEN = 5, BLUE };
struct point { int x, y; };
typedef struct node { int value; struct node *next; } node_t;
union word { int whole; char bytes[4]; };

int counter = 0;
static const char *greeting = "hello, world";
int table[5] = { 1, 2, 3, 4, 5 };
double ratio = 1.5;

int add(int a, int b) {
    int sum = a + b; /* @mark sum */
    counter++;
    return sum;
}

static int factorial(int n) {
    if (n < 2)
        return 1; /* @mark deep */
    return n * factorial(n - 1);
}

static void show(const struct point *p, const char *name) {
    printf("%s %d %d\n", name, p->x, p->y);
    fflush(stdout);
}

int main(int argc, char **argv) {
    struct point p = { 3, 4 };
    node_t second = { 2, NULL }, first = { 1, &second };
    union word w = { 0x41424344 };
    enum color paint = BLUE;
    char name[16] = "origin";
    unsigned char raw[4] = { 1, 2, 250, 255 };
    int i, total = 0;
    for (i = 0; i < LIMIT; i++)
        total = add(total, table[i]); /* @mark loop */
    show(&p, name);
    total += factorial(4) + first.next->value + w.bytes[0] + paint + raw[2] + (int)ratio;
    if (argc > 1)
        total += (int)strlen(argv[1]) + (int)strlen(greeting);
    return total & 7;
}
