/* Values of every kind that C has, for their text and content. */
#include <complex.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum color { RED, GREEN, BLUE = 10 };
enum flags { READ = 1, WRITE = 2, EXECUTE = 4 };
enum negative { MINUS = -1, ZERO, PLUS };

struct point {
    int x, y;
};
struct bits {
    unsigned a : 3;
    int b : 5;
    unsigned long c : 40;
    bool d : 1;
    enum color e : 4;
};
struct __attribute__((packed)) packed {
    char c;
    int i : 20;
    short s : 9;
    long l;
};
union number {
    int i;
    float f;
    unsigned char bytes[8];
};
struct nested {
    struct point points[2];
    union {
        int first;
        float second;
    };
    struct {
        int inside;
    } named;
    const char *text;
    int (*function)(int);
    struct nested *next;
    void *nothing;
};
struct flexible {
    int count;
    int data[];
};
struct empty {};
typedef struct {
    double re, im;
} unnamed;
typedef unsigned char byte;
typedef int vector __attribute__((vector_size(16)));
typedef int (*callback)(int);

int global = 42;
static int hidden = 43;
_Thread_local int per_thread = 44;
struct point origin = {1, 2};
int numbers[5] = {1, 2, 3, 4, 5};

static int twice(int n) { return 2 * n; }

static int by_value(struct point p, struct nested n, float f, short s, char c) {
    return p.x + n.first + (int)f + s + c; /* @mark by_value */
}

static int lengths(int n, int m) {
    int vla[n];
    char text[n + 1];
    int matrix[n][m];
    for (int i = 0; i < n; i++) {
        vla[i] = i * i;
        text[i] = (char)('a' + i);
        for (int j = 0; j < m; j++) matrix[i][j] = 10 * i + j;
    }
    text[n] = 0;
    int(*pointer)[n] = &vla;
    return vla[n - 1] + text[0] + matrix[n - 1][m - 1] + (*pointer)[0]; /* @mark lengths */
}

int main(int argc, char **argv) {
    char c = 'a', newline = '\n', quote = '\'', high = (char)0xe9, nul = 0;
    signed char sc = -5;
    unsigned char uc = 200;
    short s = -300;
    unsigned short us = 60000;
    int i = -123456;
    unsigned u = 4000000000u;
    long l = -1234567890123L;
    unsigned long ul = 18446744073709551615ul;
    long long ll = 1LL << 62;
    __int128 big = ((__int128)1 << 100) + 7;
    unsigned __int128 ubig = ~(unsigned __int128)0;
    __int128 minus_big = -big;
    bool yes = true, no = false;
    float f = 0.1f, fbig = 1e30f, third = 1.0f / 3;
    double d = 0.1, whole = 3, dbig = 1e300, tiny = 5e-324, minus_zero = -0.0;
    double infinite = 1e308 * 10 * argc, not_number = infinite - infinite;
    long double ld = 0.1L, ldbig = 1e4000L, ldthird = 1.0L / 3;
    float complex fc = 1.5f - 2.5f * I;
    double complex dc = 3 + 4 * I;
    wchar_t wide = L'é', wide_text[] = L"wide é";
    uint8_t u8 = 65;
    int16_t i16 = -1;
    enum color red = RED, blue = BLUE, bad_color = (enum color)7;
    enum flags rw = READ | WRITE, none = (enum flags)0, odd = (enum flags)9, unknown = (enum flags)8;
    enum negative minus = MINUS;
    struct point point = {3, -4}, *pointer = &point, **pointer_to_pointer = &pointer;
    const struct point constant = {5, 6};
    volatile int changing = 9;
    struct bits bits = {5, -3, 0x123456789aul, true, BLUE};
    struct packed packed = {'p', -1000, -200, 123456789012345L};
    union number number = {.f = 1.5f};
    struct nested nested = {{{1, 2}, {3, 4}}, {.second = 2.5f}, {7}, "nested text", twice, NULL, NULL};
    nested.next = &nested;
    struct empty empty;
    unnamed typed = {1, 2};
    int array[4] = {1, 2, 3, 4}, matrix[2][3] = {{1, 2, 3}, {4, 5, 6}};
    int repeated[30] = {[25] = 1}, hundreds[300];
    for (int n = 0; n < 300; n++) hundreds[n] = n;
    struct point points[12] = {{1, 2}};
    char text[] = "hello", padded[20] = "abc", *string = "a string", *null_string = NULL;
    char exact[3] = {'x', 'y', 'z'}, binary[8] = "\001\002\x80\n\t\"\\";
    char long_text[301], repeated_text[40], utf8[] = "h\xc3\xa9llo";
    for (int n = 0; n < 300; n++) long_text[n] = (char)('a' + n % 26);
    long_text[300] = 0;
    memset(repeated_text, 'r', 39);
    repeated_text[39] = 0;
    char *long_string = long_text, *strings[3] = {"one", "two", NULL};
    unsigned char *bytes = (unsigned char *)text;
    byte some_bytes[4] = {1, 2, 3, 4};
    void *untyped = &point, *null = NULL;
    int *to_global = &global, *to_numbers = &numbers[2];
    int (*function)(int) = twice;
    callback call = twice;
    int (*functions[2])(int) = {twice, NULL};
    int (*to_array)[4] = &array;
    struct flexible *flexible = malloc(sizeof *flexible + 3 * sizeof(int));
    flexible->count = 3;
    for (int n = 0; n < 3; n++) flexible->data[n] = n + 1;
    vector v = {1, 2, 3, 4};
    struct point *bad_pointer = (struct point *)16;
    char *bad_string = (char *)16;
    int zero_length[0];
    int sum = by_value(point, nested, f, s, c) + lengths(4, 2);
    sum += per_thread + hidden + (int)changing;
    free(flexible); /* @mark main */
    return argv == NULL || zero_length == NULL || sum == 0;
}
