// Lines that are at several places: instances of a template, blocks of one line, an inlined call between.
#include <cstdio>

template <class T> T twice(T x) {
    return x + x;  // @mark twice
}

static inline __attribute__((always_inline)) int add(int a, int b) { int c = a + b; return c * 2; }

static int blocks(int n) {
    int r = n; { int y = add(r, 1); r += y; } { int z = add(r, 2); r += z; }  // @mark blocks
    return r;
}

static int deeper(int n) {
    if (n == 0) return 1;
    { int a = deeper(n - 1); n += a; } { int b = n * 2; n += b; }  // @mark deeper
    return n;
}

static int loop(int n) {
    int sum = 0;
    for (int i = 0; i < n; i++) {  // @mark loop
        sum += i;
    }
    return sum;
}

int main() {
    int sum = 0;
    for (int i = 0; i < 3; i++) sum += twice(i) + static_cast<int>(twice(0.5 * i)) + twice(static_cast<char>(i));
    sum += blocks(3);
    sum += blocks(4);
    sum += deeper(2);
    sum += loop(3);
    std::printf("%d\n", sum);
    return 0;  // @mark end
}
