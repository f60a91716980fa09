/* Loads the library that it is given, says so, and waits for its input to end. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv) {
    if (argc < 2 || dlopen(argv[1], RTLD_NOW) == NULL)
        return 1;
    puts("ready");
    fflush(stdout);
    return getchar() == EOF ? 0 : 1;
}
