/* family N: N forked children at once, each calls member() with its number; the exit code is the sum of
   their exit codes. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) int member(int number) { return number; }

int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 8, sum = 0;
    for (int i = 1; i <= count; i++)
        if (fork() == 0)
            _exit(member(i));
    for (int i = 0; i < count; i++) {
        int status;
        wait(&status);
        sum += WEXITSTATUS(status);
    }
    return sum;
}
