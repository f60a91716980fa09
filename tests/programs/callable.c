/* Functions to be called from outside, with arguments of every kind; main() keeps values in registers
   around stop() and says at its end whether they were left alone. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

volatile int counter;

__attribute__((noinline)) uint64_t weigh(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f,
                                         uint64_t g, uint64_t h, uint64_t i) {
    return a + 2 * b + 4 * c + 8 * d + 16 * e + 32 * f + 64 * g + 128 * h + 256 * i;
}
__attribute__((noinline)) int64_t mixed(int a, double x, int b, double y) { return (int64_t)(x * 100 + y * 10) + a - b; }
__attribute__((noinline)) uint64_t length(const char *text) { return strlen(text); }
__attribute__((noinline)) uint64_t aligned(void) {
    float wide[4] __attribute__((aligned(16))) = {1, 2, 3, 4};
    return (uintptr_t)wide % 16 + ((uintptr_t)__builtin_frame_address(0) % 16);
}
__attribute__((noinline)) int negative(void) { return -1; }
__attribute__((noinline)) void bump(void) { counter++; }
__attribute__((noinline)) int twice_bumped(void) { return bump(), bump(), counter; }
__attribute__((noinline)) int crash(void) { return *(volatile int *)8; }
__attribute__((noinline)) void leave(int code) { exit(code); }
__attribute__((noinline)) void spoil(void) {
    asm volatile("pcmpeqd %%xmm0, %%xmm0; movaps %%xmm0, %%xmm5; movaps %%xmm0, %%xmm15; fldpi; fldpi"
                 ::: "xmm0", "xmm5", "xmm15");
}
__attribute__((noinline)) void stop(void) { asm volatile(""); }

int main(void) {
    register uint64_t keep asm("r12") = 0x1234;
    double x = 1.5;
    asm volatile("" : "+r"(keep), "+x"(x));
    stop();
    asm volatile("" : "+r"(keep), "+x"(x));
    printf("kept %d counter %d\n", keep == 0x1234 && x == 1.5, counter);
    return 0;
}
