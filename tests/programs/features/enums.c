/* Enumerations: with gaps, negative, as flags with and without all bits named, of sizes, in arrays and bit-fields. */
enum color { RED, GREEN = 5, BLUE, ALIAS = 5 };
enum signed_one { DOWN = -1, LEVEL, UP };
enum flags { NONE = 0, READ = 1, WRITE = 2, EXECUTE = 4, ALL = 7 };
enum sparse { FIRST = 1, FOURTH = 8, HIGH = 0x40 };
enum large { SMALL_ONE, LARGE_ONE = 0x100000000 };
enum __attribute__((packed)) tiny { T0, T1, T2 };
typedef enum { APPLE, PEAR } fruit;
struct permission {
    enum flags owner : 3;
    enum flags group : 3;
    enum tiny tiny;
    fruit fruits[3];
};

__attribute__((noipa)) static long use(const void *what, long n) { return *(const char *)what + n; }

__attribute__((noipa)) static enum flags combine(enum flags a, enum flags b, enum color c, fruit f) {
    enum flags both = a | b;
    use(&both, (long)c + f); /* @mark combine: a & b; a | WRITE; c == BLUE; (enum color)f; f + 1 */
    return both;
}

int main(void) {
    enum color red = RED, alias = ALIAS, wrong = (enum color)3;
    enum signed_one down = DOWN, odd = (enum signed_one)-5;
    enum flags none = NONE, rw = READ | WRITE, more = (enum flags)(EXECUTE | 8), unknown = (enum flags)64;
    enum sparse sparse = FIRST | HIGH, partly = (enum sparse)(FOURTH | 2);
    enum large large = LARGE_ONE;
    enum tiny tiny = T2;
    struct permission permission = {READ | EXECUTE, NONE, T1, {PEAR, APPLE, (fruit)9}};
    enum color *pointer = &alias, colors[4] = {RED, BLUE};
    enum flags combined = combine(rw, EXECUTE, BLUE, PEAR);
    long sum = use(&permission, 1) + use(pointer, 2) + use(colors, 3) + use(&combined, 4) + use(&large, red);
    sum += use(&down, odd) + use(&none, more) + use(&unknown, sparse) + use(&partly, tiny) + use(&wrong, sum);
    return (int)(sum + use(&sum, rw)); /* @mark main: red + 1; (int)alias; *pointer; rw & READ; (enum flags)3; RED; sizeof large; colors[1] == BLUE; permission.owner; permission.fruits; (enum sparse)0; large; -down; GREEN + UP */
}
