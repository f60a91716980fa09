/* Things in memory to read, write and search; look() is called when all is in place. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

char text[] = "a text in memory";
const char constant[] = "a constant text";
uint8_t bytes[8] = {0, 1, 2, 3, 0xfc, 0xfd, 0xfe, 0xff};
int32_t negative = -2;
uint64_t big = 0x1122334455667788;
char *pointer = text;
char *pages;      /* three pages: the middle one is not mapped */
char *unreadable; /* a PROT_NONE page that holds "hidden" */
char *unread;     /* a PROT_WRITE page that holds "written" */
char *shared;     /* a shared anonymous page */
char wide[300000];

__attribute__((noinline)) void look(void) { asm volatile(""); }
__attribute__((noinline)) int answer(void) { return 42; }

int main(void) {
    pages = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(pages, 'p', 4096);
    memset(pages + 8192, 'q', 4096);
    unreadable = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(unreadable, "hidden");
    mprotect(unreadable, 4096, PROT_NONE);
    unread = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(unread, "written");
    mprotect(unread, 4096, PROT_WRITE);
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    strcpy(shared, "shared");
    munmap(pages + 4096, 4096); /* last, or the next mapping would take the hole */
    for (int i = 0; i < (int)sizeof wide; i++)
        wide[i] = (char)(i % 251);
    memcpy(wide + 200000, "needle", 6);
    look();
    printf("text %s answer %d negative %d\n", text, answer(), negative);
    return answer();
}
