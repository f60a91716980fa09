/* Code in a shared mapping (a memfd mapped r-xs): mapped() is called when it is in place, then the code. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int (*code)(void);
__attribute__((noinline)) void mapped(void) { asm volatile(""); }

int main(void) {
    unsigned char bytes[] = {0xb8, 0x15, 0, 0, 0, 0xc3}; /* mov eax, 21; ret */
    int file = memfd_create("code", 0);
    if (write(file, bytes, sizeof bytes) != sizeof bytes || ftruncate(file, 4096))
        return 100;
    code = (int (*)(void))mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
    mapped();
    return code();
}
