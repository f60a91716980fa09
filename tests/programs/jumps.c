/* Recursion, longjmp and a small JIT, each of which passes through breakpoints in its own way. */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static jmp_buf place;
unsigned char *jit;

__attribute__((noinline)) int recurse(int n) { return n == 0 ? 0 : 1 + recurse(n - 1); }
__attribute__((noinline)) void leave(int n) { longjmp(place, n); }
__attribute__((noinline)) void generated(void) { asm volatile(""); }

int main(void) {
    volatile int leaves = 0;
    int depth = recurse(20);
    if (setjmp(place) < 5)
        leave(++leaves);
    jit = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int sum = 0;
    for (int i = 1; i <= 3; i++) {
        unsigned char bytes[] = {0xb8, (unsigned char)i, 0, 0, 0, 0xc3}; /* mov eax, i; ret */
        memcpy(jit, bytes, sizeof bytes);
        generated();
        sum += ((int (*)(void))jit)();
    }
    printf("depth %d leaves %d sum %d\n", depth, leaves, sum);
    return depth == 20 && leaves == 5 && sum == 6 ? 0 : 1;
}
