/* Macros: with calls, over several lines, with a loop or a branch inside, in each other, that make functions
   and cases, and that leave. */
volatile int sink;

#define SQUARE(n) ((n) * (n))
#define SUM_OF_SQUARES(a, b) (SQUARE(a) + SQUARE(b))
#define STORE(n) \
    do {         \
        sink = n; \
        sink++;   \
    } while (0)
#define EACH(k, count) for (int k = 0; k < (count); k++)
#define FAIL_IF(condition) \
    if (condition)         \
        return -1
#define COLOURS(X) X(red, 1) X(green, 2) X(blue, 3)
#define DEFINE(name, value) \
    __attribute__((noinline)) static int name(int n) { return sink = n + (value); }
#define CASE(name, value) \
    case value:           \
        return name(n);

COLOURS(DEFINE)

static int colour(int which, int n) {
    switch (which) {
        COLOURS(CASE)
    default:
        return 0;
    }
}

__attribute__((noinline)) static int increased(int n) {
    return n + 1;
}

#define TWO_CALLS(n) increased(increased(n))
#define SWAP(a, b)                            \
    ({                                        \
        int held = increased(a);              \
        a = b;                                \
        b = held;                             \
        held;                                 \
    })

__attribute__((noinline)) static int guarded(int n) {
    FAIL_IF(n > 2);
    FAIL_IF(increased(n) == 1);
    STORE(n);
    return n;
}

int main(void) {
    int a = 1, b = 2;
    sink = SUM_OF_SQUARES(a, b);
    STORE(increased(a));
    EACH (k, 3)
        sink = TWO_CALLS(k);
    EACH (k, 4) sink = colour(k, a);
    sink = SWAP(a, b);
    sink = guarded(1) + guarded(3) +
           SQUARE(increased(b));
    sink = guarded(0);
    return sink == 9;
}
