/* Calls of IFUNCs whose targets have lines: one of the program's own, one of a library.  The library's
   resolver runs amid lazy binding, and makes a lazily bound call itself.  With LIBRARY it is the library. */
#include <stdlib.h>

typedef int function(int);

#ifdef LIBRARY
static int doubled(int n) {
    int result = n * 2;
    return result;
}

static function *pick(void) { return getenv("PATH") ? doubled : doubled; }

int picked(int n) __attribute__((ifunc("pick")));
#else
static int increased(int n) {
    int result = n + 1;
    return result;
}

static function *choose(void) { return increased; }

int chosen(int n) __attribute__((ifunc("choose")));
int picked(int n);

__attribute__((noinline)) static int last(int n) {
    return chosen(n + 5); // @mark last
}

int main(int argc, char **argv) {
    int sum = argc;
    sum += chosen(1); // @mark own
    sum += picked(2); // @mark first
    sum += picked(3); // @mark second
    sum += last(4); // @mark tail
    sum += abs(atoi(argv[0])); // @mark without
    return sum;
}
#endif
