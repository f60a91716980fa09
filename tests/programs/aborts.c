/* aborts HOW: ends itself in one of many ways. */
#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void smash(int length) {
    volatile char room[8];
    for (int i = 0; i < length; i++)
        room[i] = 'x';
}

int main(int argc, char **argv) {
    const char *how = argc > 1 ? argv[1] : "";
    if (!strcmp(how, "assert"))
        assert(argc == 77 && "that many");
    if (!strcmp(how, "free")) {
        char *volatile room = malloc(24);
        free(room);
        free(room);
    }
    if (!strcmp(how, "smash"))
        smash(argc * 40);
    if (!strcmp(how, "kill"))
        kill(getpid(), SIGABRT);
    if (!strcmp(how, "abort"))
        abort();
    return 0;
}
