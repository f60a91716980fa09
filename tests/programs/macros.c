/* Macros of every sort, some of them redefined between two functions. */
#include "macros.h"
#include <stdio.h>
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define TWICE(x) MAX (x, x) + x
#define CAT(a, b) a##b
#define STR(a) #a
#define XSTR(a) STR (a)
#define SELF SELF + 1
#define LOG(fmt, ...) printf (fmt, ##__VA_ARGS__)
#define GNU(fmt, args...) printf (fmt, args)
#define OPTIONAL(a, ...) f (a __VA_OPT__ (,) __VA_ARGS__)
#define EMPTY
#define NOTHING() 5
#define NEGATIVE -3
#define number_of(array) (sizeof (array) / sizeof *(array))
#define counter (counter_itself + 0)
#define PAIR struct pair
#define x_of inner.x

PAIR {
    struct { int x, y; } inner;
};

int counter_itself = 4;
static int table[6];
struct pair pair = {{2, 3}};

#define LATE 1
static int one(int a) {
    return MAX(a, 3); /* @mark one */
}

#undef LATE
#define LATE 2
int main(void) {
    int a = 5;
    int local = one(a); /* @mark main */
    return local - 5 + LATE - 2 + table[0] + counter - 4;
}
