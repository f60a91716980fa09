/* A function with several callers, and complex numbers. */
#include <complex.h>

int leaf(int x) {
    return x; // @mark leaf
}

int middle(int x) { return leaf(x); }

int other(int x) { return leaf(x) + 1; }

int main(void) {
    double complex z = 1.5 + 2.5 * I;
    long double complex l = 2 + 4 * I;
    char a[4] = "abc";
    int sum = other(1) + middle(2) + other(3);
    return sum + (int)creal(z) + (int)creall(l) + a[0];
}
