/* Bit-fields: signed, unsigned, across units of their type, packed, of width zero between, in unions. */
#include <stdbool.h>
#include <string.h>

enum level { LOW, MIDDLE, HIGH, TOP };

struct plain {
    unsigned a : 3;
    int b : 5;
    unsigned : 0;
    unsigned c : 31;
    unsigned long d : 33;
    long e : 2;
};
struct small {
    bool on : 1;
    enum level level : 2;
    signed char c : 4;
    unsigned short s : 9;
};
struct __attribute__((packed)) tight {
    unsigned a : 7;
    unsigned long b : 50;
    int c : 11;
    unsigned char d;
    int e : 30;
};
union view {
    unsigned whole;
    struct {
        unsigned low : 12;
        unsigned high : 20;
    };
};
struct nested {
    char first;
    struct small small[2];
    struct tight tight;
};

__attribute__((noipa)) static long use(const void *what, long n) { return *(const char *)what + n; }

__attribute__((noipa)) static int by_value(struct plain p, struct small s) {
    int sum = (int)p.a + p.b + s.s;
    return sum + (int)use(&sum, p.e); /* @mark by_value: p.b * 2; s.level == HIGH; p.c + p.d; sizeof p */
}

int main(void) {
    struct plain plain = {5, -3, 0x7fffffff, 0x1ffffffffUL, -2};
    struct small small = {true, HIGH, -7, 300};
    struct tight tight = {100, 0x2aaaaaaaaaaaaUL, -1000, 'd', -5};
    union view view = {.whole = 0xabcde123};
    struct nested nested = {'n', {{true, LOW, 7, 511}, {false, TOP, -8, 0}}, {1, 2, 3, 4, 5}};
    struct plain *pointer = &plain;
    long sum = use(&tight, 1) + use(&view, 2) + use(&nested, 3) + use(pointer, 4) + use(&small, 5);
    sum += by_value(plain, small);
    plain.b = 15;
    nested.tight.b++;
    sum += use(&plain, sum) + use(&nested, 2); /* @mark main: pointer->d; nested.small[1]; nested.tight.c; view.high; &view; tight.b / 2; -plain.b; ~small.c; sizeof(struct tight) */
    return sum == 0;
}
