/* Vectors of several element types and widths, passed, indexed and kept in structures. */
typedef int v4i __attribute__((vector_size(16)));
typedef float v4f __attribute__((vector_size(16)));
typedef double v2d __attribute__((vector_size(16)));
typedef unsigned char v16b __attribute__((vector_size(16)));
typedef short v4s __attribute__((vector_size(8)));
struct body {
    v4f position;
    v2d mass;
    char kind;
};

__attribute__((noipa)) static long use(const void *what, long n) { return *(const char *)what + n; }

__attribute__((noipa)) static v4f moved(v4f from, v4f by, v4i mask) {
    v4f to = from + by;
    use(&mask, 1);
    use(&to, 2); /* @mark moved: to[0]; from[3] * 2; mask[1]; sizeof by */
    return to;
}

int main(void) {
    v4i ints = {1, -2, 3, -4};
    v4f floats = {0.5f, 1.5f, 2.5f, 3.5f};
    v2d doubles = {0.1, -1e100};
    v16b bytes = {'a', 'b', 0, 255};
    v4s shorts = {-1, 2, -3, 4};
    struct body body = {floats, doubles, 'k'}, *pointer = &body;
    v4f result = moved(floats, body.position, ints);
    v4i array[2] = {ints, ints * 2};
    long sum = use(&ints, 1) + use(&doubles, 2) + use(&bytes, 3) + use(&shorts, 4) + use(pointer, 5) + use(array, 6);
    sum += use(&result, sum); /* @mark main: ints[1]; pointer->mass[1]; array[1]; array[1][2]; bytes[3]; &body.mass; result; sizeof shorts; pointer->position */
    return sum == 0;
}
