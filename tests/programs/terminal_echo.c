// Asks for a line on its terminal, and says whether the terminal is its own.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    char line[64] = "";
    printf("controlling terminal: %s\nsay: ", open("/dev/tty", O_RDWR) >= 0 ? "yes" : "no");
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL)
        return 1;
    line[strcspn(line, "\n")] = 0;
    printf("got %s %s\n", line, getenv("COLOUR")); // @mark got
    return (int)strlen(line);
}
