/* inline MODE [T N]: code in anonymous memory under a seccomp filter, so that no slot can be had for it.
   count T N   T threads call count() N times each; prints how often it ran
   after T N   the same, after a byte on stdin
   futex       the main thread waits in a futex, a second one counts 50 times and wakes it: by call()
   exec P      threads count, and the main thread executes P
   exit        threads count, and the main thread exits with 9 */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

volatile long counted;
volatile int word;
void (*count)(volatile long *);
long (*call)(long number, long a, long b, long c, long d);
unsigned char *syscall_at;
static long rounds = 1000000000;

static const unsigned char count_code[] = {
    0x55,                         /* push rbp */
    0x48, 0x89, 0xe5,             /* mov rbp, rsp */
    0xf0, 0x48, 0xff, 0x07,       /* lock inc qword [rdi] */
    0x5d,                         /* pop rbp */
    0xc3,                         /* ret */
};
static const unsigned char call_code[] = {
    0x48, 0x89, 0xf8,             /* mov rax, rdi */
    0x48, 0x89, 0xf7,             /* mov rdi, rsi */
    0x48, 0x89, 0xd6,             /* mov rsi, rdx */
    0x48, 0x89, 0xca,             /* mov rdx, rcx */
    0x4d, 0x89, 0xc2,             /* mov r10, r8 */
    0x0f, 0x05,                   /* syscall */
    0xc3,                         /* ret */
};

__attribute__((noinline)) void ready(void) { asm volatile(""); }

static void *run(void *unused) {
    (void)unused;
    for (long i = 0; i < rounds; i++)
        count(&counted);
    return NULL;
}

/* Whether the main thread sleeps, which it does in its futex call and nowhere else. */
static int is_main_asleep(void) {
    char path[64], text[512] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", getpid());
    FILE *file = fopen(path, "r");
    size_t size = file ? fread(text, 1, sizeof text - 1, file) : 0;
    char *behind = size ? strrchr(text, ')') : NULL;
    if (file)
        fclose(file);
    return behind && behind[2] == 'S';
}

static void *wake(void *unused) {
    (void)unused;
    for (int i = 0; i < 50; i++)
        count(&counted);
    while (!is_main_asleep())
        usleep(1000);
    word = 1;
    call(SYS_futex, (long)&word, FUTEX_WAKE, 1, 0);
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t ids[16];
    /* Far from every module, so that no jump from the slack of one reaches it. */
    unsigned char *page = mmap((void *)0x200000000000, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(page, count_code, sizeof count_code);
    memcpy(page + 64, call_code, sizeof call_code);
    mprotect(page, 4096, PROT_READ | PROT_EXEC);
    count = (void (*)(volatile long *))page;
    call = (long (*)(long, long, long, long, long))(page + 64);
    syscall_at = page + 64 + 15;
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {1, &allow};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
        return 100;
    ready();
    if (!strcmp(argv[1], "futex")) {
        pthread_create(&ids[0], NULL, wake, NULL);
        while (word == 0)
            call(SYS_futex, (long)&word, FUTEX_WAIT, 0, 0);
        pthread_join(ids[0], NULL);
        printf("woken %d counted %ld\n", word, counted);
        return 0;
    }
    char byte;
    if (!strcmp(argv[1], "after") && read(0, &byte, 1) != 1)
        return 101;
    int threads = argc > 3 ? atoi(argv[2]) : 3;
    if (argc > 3)
        rounds = atol(argv[3]);
    for (int i = 0; i < threads; i++)
        pthread_create(&ids[i], NULL, run, NULL);
    if (!strcmp(argv[1], "count") || !strcmp(argv[1], "after")) {
        for (int i = 0; i < threads; i++)
            pthread_join(ids[i], NULL);
        printf("counted %ld\n", counted);
        return 0;
    }
    while (counted < 30)
        usleep(100);
    if (!strcmp(argv[1], "exec"))
        execl(argv[2], argv[2], NULL);
    _exit(9);
}
