/* Calls of functions without lines, through the PLT and lazily bound. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

volatile int sink;

__attribute__((noinline)) static int size(const char *text) { return (int)strlen(text); }

int main(void) {
    char text[16];
    sink = size("first");
    sink = atoi("12");
    snprintf(text, sizeof text, "%d", sink);
    sink = size(text) + atoi("3"); // @mark both
    char *copy = strdup(text);
    sink = size(copy);
    free(copy);
    exit(sink == 9);
}
