/* Locals to be shown: an array of a thousand numbers; then lines to step over. */
#include <stdio.h>

static int twice(int n) { return 2 * n; }

int main(void) {
    int numbers[1000], sum = 0;
    for (int i = 0; i < 1000; i++)
        numbers[i] = twice(i);
    sum += numbers[1]; /* @mark stop */
    sum += twice(2);
    sum += twice(3);
    sum += twice(4);
    sum += twice(5);
    sum += twice(6);
    sum += twice(7);
    sum += twice(8);
    sum += twice(9);
    sum += twice(10);
    sum += twice(11);
    sum += twice(12);
    printf("%d\n", sum);
    return 0;
}
