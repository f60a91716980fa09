/* Complex numbers of float, double, long double and, as gcc has them, of integers. */
#include <complex.h>

struct wave {
    float complex low;
    double complex high[2];
    int phase;
};

__attribute__((noipa)) static long use(const void *what, long n) { return *(const char *)what + n; }

__attribute__((noipa)) static double complex turned(double complex by, float complex small, long double complex large) {
    double complex turned = by * I + small;
    use(&large, 1);
    use(&turned, 2); /* @mark turned: turned + by; -small; by == turned; sizeof large */
    return turned;
}

int main(void) {
    float complex f = 1.5f - 2.5f * I;
    double complex d = 3 + 4 * I, zero = 0;
    long double complex l = 0.5L + 0.25L * I;
    _Complex int integers = 3 + 4i;
    struct wave wave = {f, {d, d * 2}, 45};
    double complex *pointer = &wave.high[1];
    double complex result = turned(d, f, l);
    long sum = use(&f, 1) + use(&d, 2) + use(&zero, 3) + use(&l, 4) + use(&integers, 5) + use(&wave, 6);
    sum += use(&result, 7) + use(pointer, 8); /* @mark main: d; *pointer; wave.high; wave.low; d + 1; sizeof integers; &wave.high[1]; l */
    return sum == 0;
}
