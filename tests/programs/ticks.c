// Writes a line in every turn of a loop.
#include <stdio.h>

int main(void) {
    for (int i = 0; i < 50; i++)
        printf("tick %d\n", i); // @mark tick
    return 0;
}
