/* Pointers to functions: plain, typedefed, in arrays and structures, as arguments, returned, to other pointers. */
#include <stdlib.h>

typedef int (*operation)(int, int);
typedef operation (*chooser)(char);
struct handlers {
    const char *name;
    operation apply;
    void (*done)(void *, const struct handlers *);
    operation all[3];
};

__attribute__((noipa)) static int add(int a, int b) { return a + b; }
__attribute__((noipa)) int subtract(int a, int b) { return a - b; }
__attribute__((noipa)) static operation choose(char sign) { return sign == '+' ? add : subtract; }
__attribute__((noipa)) static long use(const void *what, long n) { return *(const char *)what + n; }
__attribute__((noipa)) static void done(void *where, const struct handlers *from) { use(where, use(from, 1)); }

__attribute__((noipa)) static int apply(operation first, int (*two)(int, int), chooser three, int (**four)(int, int)) {
    int result = first(1, 2) + two(3, 4) + three('+')(5, 6);
    return (int)use(four, result); /* @mark apply: *first; first; *four; **four; three; first == add; two == subtract; sizeof first */
}

int main(void) {
    operation plus = add, none = NULL, wrong = (operation)17;
    chooser choosing = choose;
    struct handlers handlers = {"sums", add, done, {add, subtract, NULL}}, *pointer = &handlers;
    int (*(*getter)(char))(int, int) = choose;
    int (*comparer)(const void *, const void *) = NULL;
    operation *indirect = &handlers.apply;
    long sum = apply(plus, handlers.all[1], choosing, &handlers.all[0]);
    pointer->done(&sum, pointer);
    sum += use(&none, 1) + use(&wrong, 2) + use(&getter, 3) + use(&comparer, 4) + use(indirect, 5);
    sum += use(&choosing, sum) + use(&plus, 2); /* @mark main: handlers.all; *pointer; *indirect; *plus; &add; add; subtract; pointer->all[1]; handlers.done; *choosing; plus == handlers.apply; (long)none; &handlers.all[2]; main */
    return sum == 0;
}
