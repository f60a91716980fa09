/* libraries LIBRARY...: dlopens each, calls opened() behind each and plugin_only(1) of each at the end;
   libraries -w LIBRARY...: waits for a byte on stdin before that;
   libraries -n LIBRARY: the same library in two namespaces of its own, one after the other, each left
   before the next.  Exit code: how many results were wrong. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

__attribute__((noinline)) void opened(void) { asm volatile(""); }

static int wrong(void *library) {
    int (*only)(int) = (int (*)(int))dlsym(library, "plugin_only");
    return only(1) != 32;
}

static int namespaces(const char *path) {
    int bad = 0;
    for (int i = 0; i < 2; i++) {
        void *library = dlmopen(LM_ID_NEWLM, path, RTLD_NOW);
        if (!library)
            return fprintf(stderr, "%s\n", dlerror()), 100;
        opened();
        bad += wrong(library);
        dlclose(library);
    }
    return bad;
}

int main(int argc, char **argv) {
    static void *libraries[1024];
    int bad = 0, first = 1;
    if (argc > 2 && !strcmp(argv[1], "-n"))
        return namespaces(argv[2]);
    if (argc > 2 && !strcmp(argv[1], "-w"))
        first = 2;
    for (int i = first; i < argc; i++) {
        libraries[i] = dlopen(argv[i], RTLD_NOW | RTLD_LOCAL);
        if (!libraries[i])
            return fprintf(stderr, "%s\n", dlerror()), 100;
        opened();
    }
    char byte;
    if (first == 2 && read(0, &byte, 1) < 0)
        return 101;
    for (int i = first; i < argc; i++)
        bad += wrong(libraries[i]);
    return bad;
}
