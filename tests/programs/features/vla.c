/* Arrays whose length is known at run time: of one and two dimensions, of structures, in types and pointers. */
#include <stddef.h>

static volatile int started = 1;
struct pair {
    short key;
    long value;
};

__attribute__((noipa)) static long use(const void *what, long n) { return *(const char *)what + n; }

__attribute__((noipa)) static long rows(int n, int m, int table[n][m]) {
    long sum = 0;
    for (int i = 0; i < n; i++) sum += use(table[i], m); /* @mark rows: table[i][0]; *table[i]@m; sizeof *table */
    return sum;
}

__attribute__((noipa)) static long arrays(int n, int m) {
    int line[n];
    char text[n + m];
    struct pair pairs[m];
    int table[n][m];
    for (int i = 0; i < n; i++) {
        line[i] = i * i;
        for (int j = 0; j < m; j++) table[i][j] = 10 * i + j;
    }
    for (int i = 0; i < n + m; i++) text[i] = (char)('a' + i);
    for (int i = 0; i < m; i++) pairs[i] = (struct pair){(short)-i, 1000 + i};
    typedef int row[m];
    row one;
    for (int i = 0; i < m; i++) one[i] = -i;
    row *first = &table[1];
    long sum = use(line, 1) + use(text, 2) + use(pairs, 3) + use(one, 4);
    sum += rows(n, m, table) + use(first, 5);
    return sum + use(&sum, n) + use(pairs, m); /* @mark arrays: line[n - 1]; sizeof line; sizeof table; table[1]; (*first)[1]; pairs[1].value; text[0]@2; &pairs[1] == pairs + 1; sizeof(pairs) / sizeof(pairs[0]) */
}

__attribute__((noipa)) static long growing(int most) {
    long sum = 0;
    for (int n = 1; n <= most; n++) {
        short shorts[n];
        for (int i = 0; i < n; i++) shorts[i] = (short)(i - n);
        sum += use(shorts, n); /* @mark growing: sizeof shorts; shorts[0] */
    }
    return sum;
}

int main(void) {
    return arrays(started + 3, started + 1) + growing(3) == 0;
}
