/* Variables that the compiler knows at compile time, has folded away, or that typeof and const made. */
#include <stddef.h>

static volatile int started = 1;
static const int limit = 64;
static const double ratio = 0.5;
static const char letters[] = "abc";
static int never_written = 9;
enum { COUNT = 3 };

__attribute__((noipa)) static long use(const void *what, long n) { return *(const char *)what + n; }

__attribute__((noipa)) static long folded(int n) {
    const int fixed = 17;
    int doubled = fixed * 2;
    long large = 0x123456789abcdefL;
    unsigned char byte = 200;
    signed char negative = -100;
    short cut = (short)0xffff;
    float half = 0.5f;
    double third = 1.0 / 3;
    const char *text = "constant";
    void *null = NULL;
    int *to_static = &never_written;
    __typeof__(n + large) sum = n + large;
    __typeof__(letters) copy = "xyz";
    __auto_type deduced = n * 2.5f;
    _Bool yes = 1;
    int unused = n * 3, dead = 5;
    dead = n; /* @mark early: fixed; doubled; large; byte; text; half */
    sum += use(text, doubled) + use(copy, byte) + use(&deduced, negative);
    sum += limit * (long)(ratio * 4) + letters[1] + COUNT + never_written + yes + cut;
    return sum + use(&sum, (long)half + (long)third); /* @mark late: fixed; doubled + 1; large; negative; cut; third; null; *to_static; limit; ratio; letters; COUNT; sizeof sum; yes; dead; unused; never_written */
}

int main(void) {
    return folded(started) == 0;
}
