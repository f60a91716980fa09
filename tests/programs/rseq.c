/* A restartable sequence as libraries declare one: a descriptor in __rseq_cs, its instructions, its abort.
   It is never registered: the program only has it.  Source: rseq(2), struct rseq_cs. */
#include <stdint.h>

extern volatile long value;
volatile long value;

__attribute__((noinline)) void sequence(void) {
    asm volatile(".pushsection __rseq_cs, \"aw\"\n"
                 ".balign 32\n"
                 ".long 0, 0\n"
                 ".quad 1f, 2f - 1f, 3f\n"
                 ".popsection\n"
                 ".globl inside\n"
                 "1:\n"
                 "inside: movq value(%%rip), %%rax\n"
                 "incq %%rax\n"
                 "movq %%rax, value(%%rip)\n"
                 "2:\n"
                 ".globl behind\n"
                 "behind: nop\n"
                 "jmp 4f\n"
                 ".long 0x53053053\n"
                 "3: jmp 1b\n"
                 "4:\n" ::
                     : "rax", "memory");
}

int main(void) {
    for (int i = 0; i < 3; i++)
        sequence();
    return value;
}
