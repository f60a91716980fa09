/* Functions whose results the ABI gives back in every way there is: psABI x86-64, 3.2.3. */
#include <complex.h>
#include <stdbool.h>
#include <stdint.h>

struct one { char c; };
struct two_ints { int a, b; };
struct three_bytes { unsigned char b[3]; };
struct long_double_pair { long a; double b; };
struct double_long { double a; long b; };
struct floats { float a, b; };
struct three_floats { float a, b, c; };
struct float_int { float a; int b; };
struct doubles { double a, b; };
struct longs { long a, b; };
struct mixed_eight { int a; float b; double c; };
struct large { long v[5]; };
struct three_longs { long a, b, c; };
struct packed { char a; int b; } __attribute__((packed));
struct packed_long { char a; long b; } __attribute__((packed));
struct with_long_double { long double a; };
struct nested { struct { short a; struct floats f; } in; };
struct array { double d[2]; };
struct bits { unsigned a : 3, b : 29; int c; };
union number { long i; double d; };
union floats_only { float f; double d; };
union wide { long double l; int i; };
enum color { RED, GREEN = 5, BLUE = -1 };
typedef int v4si __attribute__((vector_size(16)));
typedef float v4sf __attribute__((vector_size(16)));
typedef double v2df __attribute__((vector_size(16)));
typedef short v4hi __attribute__((vector_size(8)));

static int numbers[3] = {1, 2, 3};
volatile int calls; /* which keeps each call where it is */

#define GIVES(type, name, ...) \
    __attribute__((noinline)) type name(void) { calls++; type result = __VA_ARGS__; return result; }

GIVES(bool, a_bool, true)
GIVES(char, a_char, 'x')
GIVES(signed char, a_signed_char, -3)
GIVES(unsigned char, an_unsigned_char, 200)
GIVES(short, a_short, -12345)
GIVES(unsigned, an_unsigned, 4000000000u)
GIVES(int, an_int, -7)
GIVES(long, a_long, -1234567890123L)
GIVES(__int128, an_int128, (__int128)1 << 100)
GIVES(unsigned __int128, an_unsigned_int128, 5)
GIVES(float, a_float, 1.5f)
GIVES(double, a_double, -2.25)
GIVES(long double, a_long_double, 3.125L)
GIVES(float complex, a_float_complex, 1.0f + 2.0f * I)
GIVES(double complex, a_double_complex, 3.0 - 4.0 * I)
GIVES(long double complex, a_long_double_complex, 5.0L + 6.0L * I)
GIVES(enum color, a_color, GREEN)
GIVES(int *, a_pointer, numbers + 1)
GIVES(const char *, a_string, "text")
__attribute__((noinline)) int (*a_function(void))(void) { calls++; return an_int; }
GIVES(v4si, four_ints, {1, 2, 3, 4})
GIVES(v4sf, four_floats, {1.5f, 2.5f, 3.5f, 4.5f})
GIVES(v2df, two_doubles, {0.5, -0.5})
GIVES(v4hi, four_shorts, {1, -2, 3, -4})
GIVES(struct one, in_a_byte, {'q'})
GIVES(struct three_bytes, in_three_bytes, {{1, 2, 3}})
GIVES(struct two_ints, in_one_register, {1, -2})
GIVES(struct longs, in_two_registers, {1, -2})
GIVES(struct long_double_pair, in_rax_and_xmm0, {7, 0.75})
GIVES(struct double_long, in_xmm0_and_rax, {0.75, 7})
GIVES(struct floats, in_half_of_xmm0_each, {1.25f, 2.25f})
GIVES(struct three_floats, in_xmm0_and_half_of_xmm1, {1, 2, 3})
GIVES(struct float_int, a_float_beside_an_int, {1.5f, 6})
GIVES(struct mixed_eight, an_int_beside_a_float, {1, 2.5f, 3.5})
GIVES(struct doubles, in_xmm0_and_xmm1, {1.5, 2.5})
GIVES(struct array, an_array_of_doubles, {{4.5, 5.5}})
GIVES(struct nested, structures_within, {{9, {1.5f, 2.5f}}})
GIVES(struct bits, bit_fields, {5, 1000, -1})
GIVES(struct three_longs, in_memory, {1, 2, 3})
GIVES(struct large, large_in_memory, {{1, 2, 3, 4, 5}})
GIVES(struct packed, packed_in_a_register, {'a', 77})
GIVES(struct packed_long, packed_in_memory, {'a', 77})
GIVES(struct with_long_double, in_st0, {1.5L})
GIVES(union number, a_union_of_classes, {.i = 42})
GIVES(union floats_only, a_union_of_floats, {.d = 1.5})
GIVES(union wide, a_union_with_a_long_double, {.l = 1.5L})

#define ALL(X) \
    X(a_bool) X(a_char) X(a_signed_char) X(an_unsigned_char) X(a_short) X(an_unsigned) X(an_int) X(a_long) \
    X(an_int128) X(an_unsigned_int128) X(a_float) X(a_double) X(a_long_double) X(a_float_complex) \
    X(a_double_complex) X(a_long_double_complex) X(a_color) X(a_pointer) X(a_string) X(a_function) \
    X(four_ints) X(four_floats) X(two_doubles) X(four_shorts) X(in_a_byte) X(in_three_bytes) \
    X(in_one_register) X(in_two_registers) X(in_rax_and_xmm0) X(in_xmm0_and_rax) X(in_half_of_xmm0_each) \
    X(in_xmm0_and_half_of_xmm1) X(a_float_beside_an_int) X(an_int_beside_a_float) X(in_xmm0_and_xmm1) \
    X(an_array_of_doubles) X(structures_within) X(bit_fields) X(in_memory) \
    X(large_in_memory) X(packed_in_a_register) X(packed_in_memory) X(in_st0) X(a_union_of_classes) \
    X(a_union_of_floats) X(a_union_with_a_long_double)
#define CALL(name) (void)name();

int main(void) {
    ALL(CALL)
    return 0;
}
