/* Parameters and locals of inlined calls, of several depths, with constants, and of the same function twice. */
struct box {
    int width, height;
};
#define INLINE static inline __attribute__((always_inline))

__attribute__((noipa)) static long use(const void *what, long n) { return (what ? *(const char *)what : 0) + n; }

INLINE int area(struct box box, int scale) {
    int result = box.width * box.height * scale;
    return (int)use(0, result); /* @mark area: box; scale; result; box.width */
}

INLINE int doubled(int n) {
    int twice = n * 2;
    {
        int inner = twice + 1;
        use(0, inner); /* @mark doubled: n; twice; inner */
    }
    return twice;
}

INLINE long walked(const struct box *boxes, unsigned count) {
    long sum = 0;
    for (unsigned i = 0; i < count; i++) {
        const struct box *one = &boxes[i];
        sum += area(*one, doubled((int)i)); /* @mark walked: *one; i; sum; boxes[i].height; count */
    }
    return sum;
}

__attribute__((noipa)) static long outer(int n) {
    struct box boxes[2] = {{n, 2}, {3, n}};
    long sum = walked(boxes, 2);
    sum += doubled(n) + area((struct box){7, 8}, 1);
    return sum + use(boxes, sum); /* @mark outer: boxes; sum; n */
}

int main(void) { return outer(5) == 0; }
