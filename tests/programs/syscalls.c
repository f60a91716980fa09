/* Known system calls in a known order; prints what they returned to it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((noinline)) void begin(void) { asm volatile(""); }
__attribute__((noinline)) void end(void) { asm volatile(""); }

int main(void) {
    begin();
    long parent = syscall(SYS_getppid);
    long user = syscall(SYS_getuid);
    long file = syscall(SYS_openat, AT_FDCWD, "/does/not/exist", O_RDONLY);
    int error = errno;
    long written = syscall(SYS_write, 1, "written\n", 8);
    end();
    printf("getppid %d getuid %ld openat %ld errno %d write %ld\n", parent == getppid(), user, file, error, written);
    return 0;
}
