/* One recursion with a parameter of every sort, for what a line of a backtrace says of each. */
#include <stdbool.h>
#include <stdint.h>
#include <wchar.h>

enum colour { RED, GREEN = 5 };
typedef enum colour colour_t;
struct pair { int first, second; };
typedef int (*function_t)(int);
typedef unsigned char octet;
typedef int kilograms;

volatile int sink;

int called(int n) { return n + 1; }

__attribute__((noinline)) long deep(
    int n, const long minus, unsigned char u8, char letter, bool yes, colour_t colour, double real, long double wide,
    struct pair pair, struct pair *to, const char *text, wchar_t wchar, const wchar_t *wtext, function_t function,
    octet octet, kilograms weight, void *none, _Complex float both, __int128 huge, char *bad) {
    if (n == 0) {
        sink = 1;
        return minus; /* @mark bottom */
    }
    pair.first++;
    return deep(n - 1, minus - 3, u8 + 1, letter + 1, !yes, n % 2 ? RED : n % 3 ? GREEN : (colour_t)9, real / 3, wide + 1,
                pair, n % 2 ? to : 0, n % 2 ? text : 0, wchar + 1, wtext, n % 2 ? function : 0, octet - 1, weight * 2,
                (char *)none + 1, both + 1, huge * 7, bad) + sink;
}

int main(void) {
    struct pair pair = {1, 2};
    return (int)deep(40, -1, 250, 'x', true, RED, 0.1, 2, pair, &pair, "sch\303\266n", L'w', L"wide", called, 3, 70,
                     &pair, 1, ((__int128)1 << 100) - 1, (char *)16);
}
