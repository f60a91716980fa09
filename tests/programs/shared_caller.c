// A function that is called from code in shared memory, as a compiler at run time may have its code.
#define _GNU_SOURCE
#include <sys/mman.h>
#include <unistd.h>

static volatile int sink;

void called(void) {
    volatile int mine = 1;
    sink = mine; // @mark first
    mine = 2;
    sink = 3; // @mark last
}

int main(void) {
    // sub $8, %rsp; call *%rdi; add $8, %rsp; ret
    const unsigned char code[] = {0x48, 0x83, 0xec, 0x08, 0xff, 0xd7, 0x48, 0x83, 0xc4, 0x08, 0xc3};
    int file = memfd_create("code", 0);
    if (ftruncate(file, 4096) || write(file, code, sizeof code) < 0)
        return 1;
    void *made = mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
    if (made == MAP_FAILED)
        return 1;
    ((void (*)(void (*)(void)))made)(called);
    called();
    return sink;
}
