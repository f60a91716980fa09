/* large: maps 64 MiB that all hold 0xa5, says where at `place`, says "ready", and waits for the end of stdin. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

unsigned char *volatile place;

int main(void) {
    size_t size = 64 << 20;
    unsigned char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return 1;
    memset(memory, 0xa5, size);
    place = memory;
    puts("ready");
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0)
        ;
    return 7;
}
