// Structured bindings of structures, arrays, pairs and tuples, by value and reference; if with initializer; range-for.
#include <map>
#include <tuple>
#include <utility>

#define OPAQUE __attribute__((noinline, used))

struct Simple {
    int a;
    short b;
    char c[2];
};

OPAQUE static long use(const void *what, long n) { return (what ? *static_cast<const volatile char *>(what) : 0) + n; }
OPAQUE static std::pair<int, long> paired(int n) { return {n, n * 2L}; }
OPAQUE static Simple simple(int n) { return {n, static_cast<short>(n + 1), {'x', 'y'}}; }

OPAQUE static long bound(Simple &given) {
    auto [a, b, c] = given;
    auto &[by_a, by_b, by_c] = given;
    by_a += 10;
    int array[2] = {3, 4};
    auto [first, second] = array;
    auto &[ref1, ref2] = array;
    ref2++;
    long sum = a + b + c[0] + by_b + by_c[1] + first + second + ref1;
    return use(&sum, use(&given, ref2));  // @mark bound: a; b; c; by_a; by_b; by_c; first; second; ref1; ref2; given; array; a + by_a
}

OPAQUE static long looped() {
    int numbers[3] = {5, 6, 7};
    long sum = 0;
    for (int one : numbers) sum += use(&one, one);  // @mark by_value: one; sum; numbers
    for (auto &one : numbers) {
        one *= 2;
        sum += use(&one, one);  // @mark by_reference: one; sum; numbers
    }
    Simple records[2] = {{1, 2, {'a', 'b'}}, {3, 4, {'c', 'd'}}};
    for (const auto &[id, kind, text] : records) sum += use(text, id + kind);  // @mark destructured: id; kind; text; sum
    return sum;
}

OPAQUE static long conditional(int n) {
    if (auto [number, large] = paired(n); number > 2) {
        return use(&large, number);  // @mark conditional: number; large; n
    } else if (const char *text = n ? "one" : nullptr) {
        return use(text, large);  // @mark otherwise: text; number; large
    }
    return 0;
}

int main() {
    Simple given = simple(1);
    auto [x, y] = paired(3);
    long sum = bound(given) + looped() + conditional(3) + conditional(1) + use(&x, y);
    auto [i, d, c] = std::make_tuple(1, 2.5, 'c');
    sum += use(&i, static_cast<long>(d) + c);
    return use(&sum, x + y) == 0;  // @mark main: x; y; given; i; d; c; x + y
}
