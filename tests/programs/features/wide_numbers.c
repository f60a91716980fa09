/* Integers of 128 bits, long double, half and quarter floats, and characters of more than a byte. */
#include <stdbool.h>
#include <stdint.h>
#include <uchar.h>
#include <wchar.h>

typedef __int128 wide;
typedef unsigned __int128 unsigned_wide;
struct all {
    wide w;
    long double l;
    unsigned_wide u[2];
    wchar_t text[4];
};

__attribute__((noipa)) static long use(const void *what, long n) { return *(const char *)what + n; }

__attribute__((noipa)) static wide added(wide a, unsigned_wide b, long double c) {
    wide sum = a + (wide)b;
    use(&sum, (long)c); /* @mark added: a * 2; -a; a > 0; c / 3; (long)a; sum >> 64; sizeof b */
    return sum;
}

int main(void) {
    wide one = 1, large = (one << 100) + 12345, least = -(one << 126) * 2;
    unsigned_wide all_bits = ~(unsigned_wide)0, tens = 1;
    for (int i = 0; i < 38; i++) tens *= 10;
    long double third = 1.0L / 3, huge = 1e4000L, small = -1e-4930L;
    wchar_t letter = L'\u00e9', text[] = L"wide";
    char16_t sixteen = u'z', string16[] = u"utf16";
    char32_t thirty_two = U'\U0001f600', string32[] = U"\U0001f600!";
    uint64_t most = UINT64_MAX;
    int64_t minimum = INT64_MIN;
    bool yes = true;
    struct all together = {large, third, {all_bits, 5}, L"abc"};
    wide result = added(large, tens, third), *pointer = &together.w;
    long sum = use(&together, 1) + use(&result, 2) + use(text, 3) + use(string16, 4) + use(string32, 5) + use(pointer, 6);
    sum += use(&least, letter) + use(&huge, sixteen) + use(&small, thirty_two) + use(&yes, (long)most);
    sum += use(&minimum, sum); /* @mark main: large + 1; tens; (unsigned_wide)-1; *pointer; together.u[0]; third * 2; text[1]; string32; most + 1; minimum; (char)large; together.text; huge; large % 1000; all_bits >> 100 */
    return sum == 0;
}
