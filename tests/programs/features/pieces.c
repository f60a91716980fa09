/* Structures that the optimizer takes apart, so that their members are in registers, constants and nowhere. */
struct point {
    int x, y;
};
struct line {
    struct point from, to;
    const char *label;
};
struct mixed {
    char c;
    double d;
    short s;
    long l;
};
struct two {
    long a, b;
};

__attribute__((noipa)) static long use(const void *what, long n) { return (what ? *(const char *)what : 0) + n; }

__attribute__((noipa)) static struct two pair(long a) { return (struct two){a, a * 2}; }

__attribute__((noipa)) static long scalars(int n, const char *label) {
    struct point point = {n, n + 1};
    struct line line = {{1, 2}, point, label};
    long sum = use(label, point.x); /* @mark first: point.x; line.to; line.label; line.from.y */
    line.from.x += (int)sum;
    point.y++;
    sum += use(line.label, line.from.x); /* @mark second: point; line.from; line.to.y */
    struct mixed mixed = {(char)n, n * 0.5, (short)sum, sum};
    sum += use(label, (long)mixed.d + mixed.l); /* @mark third: mixed; mixed.d * 2; mixed.s; line */
    return sum + mixed.c + mixed.s + line.to.y + point.y;
}

__attribute__((noipa)) static long passed(struct two two, struct point point, struct mixed large) {
    long sum = use(&large, two.a);
    two.b += sum;
    return use(0, two.b + point.y) + point.x; /* @mark passed: two; point; large.d; two.a + two.b; point.x */
}

__attribute__((noipa)) static long returned(long n) {
    struct two two = pair(n), other = pair(two.b);
    struct point array[2] = {{(int)n, 5}, {6, (int)two.a}};
    long sum = use(0, two.a + other.b); /* @mark returned: two; other; array; array[1].y; two.b - other.a */
    return sum + use(0, array[0].x + array[1].y + two.b + other.a); /* @mark returned_end: array[0]; sum; other */
}

int main(void) {
    struct mixed mixed = {'m', 0.25, -3, 44};
    long sum = scalars(3, "label") + passed(pair(4), (struct point){5, 6}, mixed) + returned(7);
    return sum == 0; /* @mark main: mixed; sum */
}
