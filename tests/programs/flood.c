/* flood N: prints N lines of 1,024 bytes each, then exits with 5. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    long count = argc > 1 ? atol(argv[1]) : 10240;
    char line[1025];
    memset(line, 'x', 1023);
    line[1023] = '\n';
    line[1024] = 0;
    for (long i = 0; i < count; i++)
        fputs(line, stdout);
    return 5;
}
