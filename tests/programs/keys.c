/* Sets its terminal raw, takes keys one by one, and ends at `q`. */
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

static void got(char key) {
    printf("got %c\r\n", key);
    fflush(stdout);
}

int main(void) {
    struct termios before, raw;
    char key = 0;
    tcgetattr(0, &before);
    raw = before;
    cfmakeraw(&raw);
    tcsetattr(0, TCSANOW, &raw);
    printf("raw\r\n");
    fflush(stdout);
    while (key != 'q' && read(0, &key, 1) == 1)
        got(key);
    tcsetattr(0, TCSANOW, &before);
    return 0;
}
