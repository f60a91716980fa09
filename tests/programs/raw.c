/* Turns the terminal's echo off and checks, after is_raw(), that it is still off: exit code 0. */
#include <termios.h>
#include <unistd.h>

__attribute__((noinline)) void is_raw(void) { __asm__ volatile(""); }

int main(void) {
    struct termios settings;
    tcgetattr(0, &settings);
    settings.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(0, TCSANOW, &settings);
    is_raw();
    tcgetattr(0, &settings);
    return (settings.c_lflag & ECHO) != 0;
}
