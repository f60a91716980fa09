/* Every kind of C type, one variable each, for the type reader and whoever prints values. */
#include <complex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uchar.h>

typedef unsigned long word;
typedef struct point {
    int x, y;
} point;

struct bits {
    unsigned a : 3;
    int b : 5;
    unsigned long c : 40;
    unsigned d : 31;
    unsigned : 0;
    _Bool e : 1;
    signed char f : 7;
    enum { LOW, HIGH } g : 2;
};

struct __attribute__((packed)) packed_bits {
    char tag;
    unsigned a : 13;
    unsigned long b : 47;
    short c : 9;
    int rest;
};

union number {
    int i;
    double d;
    unsigned char bytes[8];
    struct {
        short low, high;
    };
};

struct outer {
    int kind;
    union {
        int number;
        const char *text;
        struct {
            float re, im;
        } pair;
    };
    struct outer *next;
    int (*compare)(const void *, const void *);
    struct outer *(*make[2])(int, ...);
    char name[16];
    point corners[2][3];
    size_t length;
    int flexible[];
};

struct zero {
    int before;
    int none[0];
    int after;
};

enum color { RED, GREEN = 5, BLUE };
enum flags { READ = 1, WRITE = 2, EXECUTE = 4, ALL = 7 };
enum negative { MINUS = -1, NIL, HUGE = 0x7fffffff };
enum wide { WIDE = 0x123456789abcLL };

struct opaque;
typedef int (*callback)(struct opaque *, const char *, int[3]);
typedef int vector4 __attribute__((vector_size(16)));

char character = 'c';
signed char signed_character = -1;
unsigned char unsigned_character = 200;
short short_integer = -2;
unsigned short unsigned_short = 65535;
int integer = -3;
unsigned int unsigned_integer = 3000000000u;
long long_integer = -4;
unsigned long unsigned_long = 4;
long long long_long = -5;
unsigned long long unsigned_long_long = 5;
__int128 int128 = -6;
unsigned __int128 unsigned_int128 = 6;
float single_float = 1.5f;
double double_float = 2.5;
long double long_double = 3.5L;
float complex complex_float = 1.0f + 2.0f * I;
double complex complex_double = 1.0 + 2.0 * I;
_Bool boolean = 1;
wchar_t wide_character = L'w';
char16_t character16 = u'x';
char32_t character32 = U'y';
word a_word = 7;
point a_point = {1, 2};
struct bits a_bits = {1, -2, 3, 4, 1, -5, HIGH};
struct packed_bits a_packed = {'t', 1, 2, -3, 4};
union number a_number = {.i = 42};
struct outer an_outer = {.kind = 1, .number = 2, .name = "outer"};
struct zero a_zero = {1, {}, 2};
enum color a_color = GREEN;
enum flags some_flags = READ | EXECUTE;
enum negative a_negative = MINUS;
enum wide a_wide = WIDE;
struct opaque *an_opaque;
callback a_callback;
vector4 a_vector = {1, 2, 3, 4};
int matrix[2][3] = {{1, 2, 3}, {4, 5, 6}};
int (*pointer_to_array)[3] = matrix;
const char *const text = "text";
const volatile int promised = 8;
char *restrict restricted;
_Atomic int atomic_integer = 9;
void *nothing;
void (*function_pointer)(void);
int (*unprototyped)();
int (*(*function_of_function)(int))(char);
extern int unknown_length[];

int variable_length(int count) {
    int values[count];
    char grid[count][count + 1];
    for (int i = 0; i < count; i++) {
        values[i] = i;
        grid[i][0] = (char)i;
    }
    return values[count - 1] + grid[count - 1][0]; /* @mark variable_length */
}

int unknown_length[5] = {1, 2, 3, 4, 5};

int main(void) {
    return variable_length(4) == 6 ? unknown_length[0] - 1 : 1; /* @mark main */
}
