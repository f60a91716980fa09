// Fills 256 MiB at `block` and calls ready().
#include <stdlib.h>
#include <sys/mman.h>

enum { SIZE = 256 << 20 };

unsigned long *block;

__attribute__((noinline)) void ready(void) { __asm__ volatile("" ::: "memory"); }

int main(void) {
    block = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED)
        return 1;
    for (unsigned long i = 0; i < SIZE / sizeof *block; i++)
        block[i] = i * 2654435761UL;
    ready();
    return 0;
}
