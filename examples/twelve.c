#include <stdio.h>

int twice(int n) {
    return 2 * n;
}

int main(void) {
    int sum = 0;
    for (int i = 0; i < 4; i++)
        sum += twice(i);
    printf("the sum is %d\n", sum);
    return sum;
}
