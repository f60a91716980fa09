// Elements before and behind what an array was declared with.
#include <stdlib.h>

struct trailing {
    int count;
    int data[1];
};

int around[6] = {10, 11, 12, 13, 14, 15};
int (*inner)[2] = (int (*)[2])&around[2];

int main(void) {
    struct trailing *o = malloc(sizeof *o + 4 * sizeof(int));
    int k = -1;
    o->count = 5;
    for (int i = 0; i < 5; i++)
        o->data[i] = i * 10;
    free(o); // @mark filled
    return k + 1;
}
