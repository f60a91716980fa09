// Recurs as deep as it is told and stops there, on a stack that is large enough for it.
#include <stdlib.h>

int bottom(int depth) { return depth; }

int descend(int depth, int step) {
    int here = depth - step;
    if (here == 0)
        return bottom(depth);
    return descend(here, step) + 1;
}

int main(int argc, char **argv) { return argc > 1 ? descend(atoi(argv[1]), 1) == 0 : 0; }
