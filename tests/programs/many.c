/* many ROUNDS [THREADS [seccomp]]: THREADS threads call each of f0 to f199 in turn, ROUNDS times; with
   `seccomp` a filter first takes away mmap for ever: the process would be killed by it.  Prints how often
   a function ran. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_long runs;
static long rounds;
static pthread_barrier_t together;

#define ONE(n) __attribute__((noinline)) void f##n(void) { runs++; }
#define TEN(n) ONE(n##0) ONE(n##1) ONE(n##2) ONE(n##3) ONE(n##4) ONE(n##5) ONE(n##6) ONE(n##7) ONE(n##8) ONE(n##9)
TEN() TEN(1) TEN(2) TEN(3) TEN(4) TEN(5) TEN(6) TEN(7) TEN(8) TEN(9)
TEN(10) TEN(11) TEN(12) TEN(13) TEN(14) TEN(15) TEN(16) TEN(17) TEN(18) TEN(19)
#define NAME(n) f##n,
#define NAMES(n) NAME(n##0) NAME(n##1) NAME(n##2) NAME(n##3) NAME(n##4) NAME(n##5) NAME(n##6) NAME(n##7) NAME(n##8) NAME(n##9)
static void (*const all[])(void) = {
    NAMES() NAMES(1) NAMES(2) NAMES(3) NAMES(4) NAMES(5) NAMES(6) NAMES(7) NAMES(8) NAMES(9)
    NAMES(10) NAMES(11) NAMES(12) NAMES(13) NAMES(14) NAMES(15) NAMES(16) NAMES(17) NAMES(18) NAMES(19)};

__attribute__((noinline)) void begin(void) { asm volatile(""); }
__attribute__((noinline)) void end(void) { asm volatile(""); }

static void *run(void *unused) {
    pthread_barrier_wait(&together);
    for (long i = 0; i < rounds; i++)
        for (unsigned n = 0; n < sizeof all / sizeof *all; n++)
            all[n]();
    return unused;
}

static int forbid_mmap(void) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
}

int main(int argc, char **argv) {
    pthread_t ids[64];
    int threads = argc > 2 ? atoi(argv[2]) : 1;
    char buffer[4096];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    rounds = argc > 1 ? atol(argv[1]) : 1;
    pthread_barrier_init(&together, NULL, threads);
    begin();
    for (int i = 1; i < threads; i++)
        pthread_create(&ids[i], NULL, run, NULL);
    if (argc > 3 && forbid_mmap())
        return 100;
    run(NULL);
    for (int i = 1; i < threads; i++)
        pthread_join(ids[i], NULL);
    end();
    printf("runs %ld\n", runs);
    return 0;
}
