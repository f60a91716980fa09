#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv) {
    void *library = dlopen(argc > 1 ? argv[1] : "./plugin.so", RTLD_NOW);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    int (*answer)(int) = (int (*)(int))dlsym(library, "plugin_answer");
    printf("the answer is %d\n", answer(21));
    dlclose(library);
    return 0;
}
