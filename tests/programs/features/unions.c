/* Unions: by name, without a name, in structures, with arrays and pointers inside. */
#include <stdint.h>

union number {
    int32_t i;
    float f;
    uint8_t bytes[8];
    double d;
};
struct tagged {
    enum { INTEGER, REAL, TEXT } kind;
    union {
        long integer;
        double real;
        struct {
            const char *text;
            int length;
        };
    };
    union number extra;
};
union deep {
    struct {
        union {
            short low;
            unsigned char half;
        };
        struct {
            int inner[2];
        } named;
    };
    long long whole;
};

__attribute__((noipa)) static long use(const void *what, long n) { return *(const char *)what + n; }

__attribute__((noipa)) static long passed(union number n, struct tagged t) {
    long sum = n.bytes[0] + t.kind;
    return sum + use(&sum, t.extra.i); /* @mark passed: n.f; t.real; t.extra; n.bytes[1]@2 */
}

int main(void) {
    union number number = {.d = 1.5};
    struct tagged integer = {INTEGER, {.integer = -7}, {.f = 0.5f}};
    struct tagged real = {REAL, {.real = 2.25}, {.i = 3}};
    struct tagged text = {TEXT, {.text = "text", .length = 4}, {.bytes = {1, 2, 3}}};
    union deep deep = {.whole = 0};
    deep.low = -2;
    deep.named.inner[1] = 9;
    union number *pointer = &text.extra, many[2] = {{.f = 1}, {.f = -1}};
    long sum = use(&number, 1) + use(&integer, 2) + use(&text, 3) + use(&deep, 4) + use(many, 5) + use(pointer, 6);
    sum += passed(number, real);
    number.f = 3.5f;
    sum += use(&number, sum) + use(&real, 1); /* @mark main: number.i; integer.integer; real.real; text.text; text.length; deep.half; deep.named; *pointer; many[1].f; &deep.named.inner[1]; sizeof(union deep); (int)text.kind */
    return sum == 0;
}
