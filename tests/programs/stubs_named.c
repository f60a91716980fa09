// Functions of the C library, called through stubs.
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    puts(argv[0]);
    return argc > 1 ? atoi(argv[1]) : 0;
}
