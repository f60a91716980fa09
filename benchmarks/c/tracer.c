// What a tracer written in C needs for the same work with the same system calls: the limit to compare with.
//
// usage: tracer MODE OUT COUNT PROGRAM [ARGUMENTS...]     (attach: PROGRAM is a pid)
//
//   hit         one stop a hit: wait, read the registers, set the pc to a slot, go on
//   condition   the same with a test of a register
//   threads     hit, in a program with threads: one wait for all of them
//   hot         the same with every thread calling: COUNT hits in each of those that the last argument says
//   many        hit, with 3,000 more breakpoints set
//   step        COUNT single steps, the pc read after each
//   watch       a debug register on `watched`, its value read at each hit
//   memory      256 MiB at once, and COUNT reads of eight bytes
//   attach      seize and stop every thread of a process, read its registers, let go
//   launch      start a program and run it to main; OUT gets the time of day of that stop
//   large       start a program while this one has 1 GiB of its own
//
// OUT gets lines "NAME NANOSECONDS OPERATIONS"; where the traced program measures, it writes OUT itself.
// The slot is in the program's own filler(), so no memory is asked of it.
#define _GNU_SOURCE
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef unsigned long word;

enum { FILLERS = 3000, FIRST_FILLER = 64, BLOCK = 256 << 20, LARGE = 1 << 30 };

static const char *out_path;

static void die(const char *what) {
    fprintf(stderr, "tracer: %s: %s\n", what, strerror(errno));
    exit(1);
}

static long trace(long request, pid_t tid, word address, word data) {
    long result = ptrace(request, tid, (void *)address, (void *)data);
    if (result == -1 && request != PTRACE_PEEKUSER)
        die("ptrace");
    return result;
}

static long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000L + time.tv_nsec;
}

static void report(const char *name, long nanoseconds, long operations) {
    FILE *out = fopen(out_path, "a");
    if (!out)
        die(out_path);
    fprintf(out, "%s %ld %ld\n", name, nanoseconds, operations);
    fclose(out);
}

// symbol: the file address of a name in .symtab.
static word symbol(const char *program, const char *name) {
    int file = open(program, O_RDONLY);
    struct stat status;
    if (file < 0 || fstat(file, &status))
        die(program);
    char *image = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    Elf64_Ehdr *header = (Elf64_Ehdr *)image;
    Elf64_Shdr *sections = (Elf64_Shdr *)(image + header->e_shoff);
    for (int i = 0; i < header->e_shnum; i++) {
        if (sections[i].sh_type != SHT_SYMTAB)
            continue;
        Elf64_Sym *symbols = (Elf64_Sym *)(image + sections[i].sh_offset);
        const char *strings = image + sections[sections[i].sh_link].sh_offset;
        for (word k = 0; k < sections[i].sh_size / sizeof *symbols; k++)
            if (!strcmp(strings + symbols[k].st_name, name))
                return symbols[k].st_value;
    }
    fprintf(stderr, "tracer: %s has no symbol %s\n", program, name);
    exit(1);
}

// load_bias: load address - file address of a program that is its process's first mapping.
static word load_bias(pid_t pid) {
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    FILE *maps = fopen(path, "r");
    if (!maps || !fgets(line, sizeof line, maps))
        die(path);
    fclose(maps);
    return strtoul(line, NULL, 16);
}

static int open_memory(pid_t pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", pid);
    int file = open(path, O_RDWR);
    if (file < 0)
        die(path);
    return file;
}

static void read_at(int memory, word address, void *data, size_t size) {
    if (pread(memory, data, size, address) != (ssize_t)size)
        die("read memory");
}

static void write_at(int memory, word address, const void *data, size_t size) {
    if (pwrite(memory, data, size, address) != (ssize_t)size)
        die("write memory");
}

// launch: a program stopped after exec, without address randomization.
static pid_t launch(char **argv) {
    pid_t pid = vfork();
    if (pid == 0) {
        personality(ADDR_NO_RANDOMIZE);
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        execv(argv[0], argv);
        _exit(127);
    }
    int status;
    if (pid < 0 || waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
        die("launch");
    trace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE);
    return pid;
}

// run_to: go on to an address, leaving no trap there.
static void run_to(pid_t pid, int memory, word address) {
    unsigned char original, trap = 0xcc;
    int status;
    read_at(memory, address, &original, 1);
    write_at(memory, address, &trap, 1);
    trace(PTRACE_CONT, pid, 0, 0);
    if (waitpid(pid, &status, __WALL) != pid || status != (SIGTRAP << 8 | 0x7f))
        die("run to a symbol");
    write_at(memory, address, &original, 1);
    trace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.rip), address);
}

// fill_slot: a copy of the first instruction of hit() and a jump back behind it.
static void fill_slot(int memory, word slot, word address) {
    unsigned char code[16];
    read_at(memory, address, code, sizeof code);
    int length;
    if (code[0] == 0x55) // push %rbp
        length = 1;
    else if (!memcmp(code, "\xf3\x0f\x1e\xfa", 4)) // endbr64
        length = 4;
    else if (!memcmp(code, "\x48\x8d\x44", 3)) // lea disp8(base,index,scale),%rax
        length = 5;
    else {
        fprintf(stderr, "tracer: hit() begins with an instruction that is not known here: %#x\n", code[0]);
        exit(1);
    }
    int displacement = (int)(address + length - (slot + length + 5));
    code[length] = 0xe9;
    memcpy(code + length + 1, &displacement, 4);
    write_at(memory, slot, code, length + 5);
}

static void serve_hits(const char *mode, pid_t pid, const char *program, long wanted) {
    int memory = open_memory(pid);
    word bias = load_bias(pid), address = bias + symbol(program, "hit"), slot = bias + symbol(program, "filler");
    unsigned char trap = 0xcc;
    fill_slot(memory, slot, address);
    write_at(memory, address, &trap, 1);
    if (!strcmp(mode, "many"))
        for (int i = 0; i < FILLERS; i++)
            write_at(memory, slot + FIRST_FILLER + i, &trap, 1);
    int one = strcmp(mode, "threads") && strcmp(mode, "hot"), test = !strcmp(mode, "condition");
    long hits = 0, matches = 0;
    trace(PTRACE_CONT, pid, 0, 0);
    for (;;) {
        int status, signal = 0;
        pid_t tid = waitpid(one ? pid : -1, &status, __WALL);
        if (tid < 0)
            break;
        if (!WIFSTOPPED(status)) {
            if (tid == pid)
                break;
            continue;
        }
        if (status == (SIGTRAP << 8 | 0x7f)) {
            struct user_regs_struct registers;
            trace(PTRACE_GETREGS, tid, 0, (word)&registers);
            if (registers.rip == address + 1) {
                hits++;
                if (test && registers.rdi == 999999)
                    matches++;
                trace(PTRACE_POKEUSER, tid, offsetof(struct user, regs.rip), slot);
            }
        } else if (status >> 16 == 0 && WSTOPSIG(status) != SIGSTOP)
            signal = WSTOPSIG(status);
        // A thread that was killed by the exit of all is gone before it can go on.
        ptrace(PTRACE_CONT, tid, NULL, (void *)(word)signal);
    }
    if (hits != wanted || matches) {
        fprintf(stderr, "tracer: %ld hits of %ld, %ld matches\n", hits, wanted, matches);
        exit(1);
    }
}

static void step(pid_t pid, const char *program, long count) {
    run_to(pid, open_memory(pid), load_bias(pid) + symbol(program, "spin"));
    struct user_regs_struct registers;
    int status;
    long begin = now();
    for (long i = 0; i < count; i++) {
        trace(PTRACE_SINGLESTEP, pid, 0, 0);
        waitpid(pid, &status, __WALL);
        trace(PTRACE_GETREGS, pid, 0, (word)&registers);
    }
    report("time", now() - begin, count);
    kill(pid, SIGKILL);
}

static void watch(pid_t pid, const char *program, long wanted) {
    int memory = open_memory(pid), status;
    word bias = load_bias(pid), watched = bias + symbol(program, "watched"), value;
    run_to(pid, memory, bias + symbol(program, "ready"));
    trace(PTRACE_POKEUSER, pid, offsetof(struct user, u_debugreg[0]), watched);
    // DR7: slot 0 enabled (1), on writes (1 << 16), of eight bytes (2 << 18).
    trace(PTRACE_POKEUSER, pid, offsetof(struct user, u_debugreg[7]), 1 | 1 << 16 | 2 << 18);
    long hits = 0;
    for (;;) {
        trace(PTRACE_CONT, pid, 0, 0);
        if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
            break;
        if (ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user, u_debugreg[6]), NULL) & 1) {
            read_at(memory, watched, &value, sizeof value);
            hits += value != 0;
            trace(PTRACE_POKEUSER, pid, offsetof(struct user, u_debugreg[6]), 0);
        }
    }
    if (hits != wanted) {
        fprintf(stderr, "tracer: %ld hits of %ld\n", hits, wanted);
        exit(1);
    }
}

static void read_block(const char *name, pid_t pid, word block, char *buffer) {
    struct iovec here = {buffer, BLOCK}, there = {(void *)block, BLOCK};
    long begin = now();
    if (process_vm_readv(pid, &here, 1, &there, 1, 0) != BLOCK)
        die("process_vm_readv");
    report(name, now() - begin, BLOCK);
}

static void read_memory(pid_t pid, const char *program, long count) {
    int memory = open_memory(pid);
    word bias = load_bias(pid), block, sum = 0, value;
    run_to(pid, memory, bias + symbol(program, "ready"));
    read_at(memory, bias + symbol(program, "block"), &block, sizeof block);
    char *fresh = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    read_block("fresh", pid, block, fresh);
    read_block("into", pid, block, fresh);
    long begin = now();
    for (long i = 0; i < count; i++) {
        read_at(memory, block + i * 64, &value, sizeof value);
        sum += value;
    }
    report("small", now() - begin, count);
    kill(pid, SIGKILL);
    if (sum == 0)
        die("memory reads as zeros");
}

static void attach(pid_t pid, long wanted) {
    pid_t tids[8192];
    long count = 0;
    char path[64];
    struct dirent *entry;
    long begin = now();
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *directory = opendir(path);
    if (!directory)
        die(path);
    while ((entry = readdir(directory)))
        if (entry->d_name[0] != '.' && count < 8192)
            tids[count++] = atoi(entry->d_name);
    closedir(directory);
    for (long i = 0; i < count; i++)
        trace(PTRACE_SEIZE, tids[i], 0, 0);
    for (long i = 0; i < count; i++)
        trace(PTRACE_INTERRUPT, tids[i], 0, 0);
    for (long i = 0; i < count; i++) {
        int status;
        struct user_regs_struct registers;
        if (waitpid(tids[i], &status, __WALL) != tids[i])
            die("wait for a thread");
        trace(PTRACE_GETREGS, tids[i], 0, (word)&registers);
    }
    report("time", now() - begin, 1);
    for (long i = 0; i < count; i++)
        trace(PTRACE_DETACH, tids[i], 0, 0);
    if (count != wanted) {
        fprintf(stderr, "tracer: %ld threads of %ld\n", count, wanted);
        exit(1);
    }
}

int main(int argc, char **argv) {
    if (argc < 5) {
        fprintf(stderr, "usage: tracer MODE OUT COUNT PROGRAM [ARGUMENTS...]\n");
        return 2;
    }
    const char *mode = argv[1], *program = argv[4];
    long count = atol(argv[3]);
    out_path = argv[2];
    if (!strcmp(mode, "attach")) {
        attach(atoi(program), count);
        return 0;
    }
    if (!strcmp(mode, "large")) {
        char *large = malloc(LARGE);
        memset(large, 1, LARGE);
        long begin = now();
        pid_t pid = launch(argv + 4);
        report("time", now() - begin, 1);
        kill(pid, SIGKILL);
        return large[count] != 1;
    }
    pid_t pid = launch(argv + 4);
    if (!strcmp(mode, "launch")) {
        run_to(pid, open_memory(pid), load_bias(pid) + symbol(program, "main"));
        report("at", now(), 1);
        kill(pid, SIGKILL);
    } else if (!strcmp(mode, "step"))
        step(pid, program, count);
    else if (!strcmp(mode, "watch"))
        watch(pid, program, count);
    else if (!strcmp(mode, "memory"))
        read_memory(pid, program, count);
    else
        serve_hits(mode, pid, program, !strcmp(mode, "hot") ? count * atol(argv[argc - 1]) : count);
    return 0;
}
