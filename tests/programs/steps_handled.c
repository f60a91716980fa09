/* steps_handled: signals that stop the program, with a handler that can be stepped into, one that cannot, and none. */
#include <signal.h>

volatile int sink;

static void inner(void) {
    sink++; // @mark inner
} // @mark inner_done

static void on_signal(int number) {
    sink = number; // @mark handler
    inner(); // @mark call
} // @mark handled

void without_lines(int number);
/* A ret by its byte, in a section of its own: the assembler gives a line to instructions alone. */
__asm__(".section .text.without_lines,\"ax\",@progbits\n.type without_lines, @function\nwithout_lines: "
        ".cfi_startproc\n.byte 0xc3\n.cfi_endproc\n.size without_lines, . - without_lines\n.text");

#define SEND(number) \
    __asm__ volatile("syscall" : : "a"(62L), "D"(me), "S"((long)(number)) : "rcx", "r11", "memory")

int main(void) {
    long me;
    __asm__ volatile("syscall" : "=a"(me) : "a"(39L) : "rcx", "r11", "memory");
    signal(SIGUSR1, on_signal);
    signal(SIGUSR2, without_lines);
    signal(SIGHUP, SIG_IGN);
    sink = 1; // @mark lines
    SEND(SIGUSR1); sink += 1; // @mark lines_sent
    sink = 2; // @mark after_lines
    sink = 3; // @mark none
    SEND(SIGUSR2); sink += 1; // @mark none_sent
    sink = 4; // @mark after_none
    sink = 5; // @mark ignored
    SEND(SIGHUP); sink += 1; // @mark ignored_sent
    sink = 6; // @mark after_ignored
    return 0;
}
