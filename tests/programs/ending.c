/* ending code N | signal N: ends in exactly that way. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

int main(int argc, char **argv) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    int number = argc > 2 ? atoi(argv[2]) : 0;
    if (strcmp(argv[1], "signal") == 0) {
        signal(number, SIG_DFL);
        kill(getpid(), number);
        for (;;)
            pause();
    }
    _exit(number);
}
