/* faults segv | fpe | ill | bus | abort | int3 | trap: commits it, after calling before(). */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

__attribute__((noinline)) void before(void) { asm volatile(""); }
__attribute__((noinline)) void fault_segv(void) { asm volatile("mov $0xdead0, %%rax; movq $1, (%%rax)" ::: "rax", "memory"); }
__attribute__((noinline)) void fault_ill(void) { asm volatile(".globl illegal\nillegal: ud2"); }
__attribute__((noinline)) void fault_fpe(void) { asm volatile("xor %%ecx, %%ecx; xor %%edx, %%edx\n.globl division\ndivision: div %%ecx" ::: "rax", "rcx", "rdx"); }
__attribute__((noinline)) void own_int3(void) { asm volatile(".globl own_trap\nown_trap: int3\n.globl after_trap\nafter_trap: nop"); }

int main(int argc, char **argv) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    (void)argc;
    before();
    if (!strcmp(argv[1], "segv"))
        fault_segv();
    else if (!strcmp(argv[1], "ill"))
        fault_ill();
    else if (!strcmp(argv[1], "fpe"))
        fault_fpe();
    else if (!strcmp(argv[1], "abort"))
        abort();
    else if (!strcmp(argv[1], "int3"))
        own_int3();
    else if (!strcmp(argv[1], "trap"))
        kill(getpid(), SIGTRAP);
    printf("survived\n");
    return 0;
}
