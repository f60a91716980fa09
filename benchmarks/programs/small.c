// A small program with one of everything that a debugger is asked for.
#include "small.h"

struct record {
    int id;
    const char *name;
    double values[3];
};

int count = 7;

int lookup(const char *key, int value) {
    struct record table = {value, key, {1, 2, 3}};
    int sum = table.id + count;
    sum += doubled(value);  // line 15
    return sum;
}

int main(int argc, char **argv) {
    return lookup(argv[0], argc) == 0;
}
