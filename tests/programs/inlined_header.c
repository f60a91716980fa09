// A function that exists only inlined, in a header.
#include "inlined_header.h"

int total;

int main(int argc, char **argv) {
    (void)argv;
    total += argc;
    int one = tripled(argc);
    total += one;
    return total;
}
