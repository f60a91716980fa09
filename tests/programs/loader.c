/* loader LIBRARY [TIMES]: dlopens it, calls plugin_only(1), dlcloses it, so many times; exit code: the sum
   of what was wrong. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((noinline)) void loaded(void) { asm volatile(""); }
__attribute__((noinline)) void unloaded(void) { asm volatile(""); }

int main(int argc, char **argv) {
    int times = argc > 2 ? atoi(argv[2]) : 1, bad = 0;
    for (int i = 0; i < times; i++) {
        void *library = dlopen(argv[1], RTLD_NOW);
        if (!library) {
            fprintf(stderr, "%s\n", dlerror());
            return 100;
        }
        loaded();
        int (*only)(int) = (int (*)(int))dlsym(library, "plugin_only");
        bad += only(1) != 32;
        dlclose(library);
        unloaded();
    }
    return bad;
}
