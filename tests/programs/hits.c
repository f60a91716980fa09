/* hits N [M]: calls one() N times and two() M times; says how often each really ran. */
#include <stdio.h>
#include <stdlib.h>

volatile long ones, twos;

__attribute__((noinline)) long one(long n) {
    ones++; // @mark one-body
    return n + 1;
}

__attribute__((noinline)) long two(long n) {
    twos++;
    return one(n) + one(n);
}

__attribute__((noinline)) void never(void) { twos = -1; }

int main(int argc, char **argv) {
    long n = argc > 1 ? atol(argv[1]) : 10, m = argc > 2 ? atol(argv[2]) : 0;
    long sum = 0;
    for (long i = 0; i < n; i++)
        sum += one(i);
    for (long i = 0; i < m; i++)
        sum += two(i);
    if (argc > 3)
        never();
    printf("ones %ld twos %ld sum %ld\n", ones, twos, sum);
    return 0;
}
