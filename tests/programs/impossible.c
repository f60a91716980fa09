// Functions whose parameters other types cannot become.
struct pair {
    float a, b;
    int c;
};
struct other {
    int x, y, z;
};
typedef struct {
    int n;
} nameless;
union either {
    int i;
    float f;
};

struct pair by_value(struct pair p) {
    p.a += 1;
    return p;
}
int number(int n) { return n; }
double real(double d) { return d; }
long pointed(struct pair *p) { return (long)p; }
int text(const char *s) { return s[0]; }
int truth(_Bool b) { return b; }
int named(nameless n) { return n.n; }
int one_of(union either e) { return e.i; }

int main(void) {
    struct pair pairs[2] = {{1, 2, 3}, {4, 5, 6}}, one = pairs[1];
    struct other unlike = {1, 2, 3};
    nameless n = {7};
    union either e = {.i = 8};
    int numbers[3] = {1, 2, 3}, i = 4;
    double d = 2.5;
    char word[] = "word";
    by_value(one);
    return number(i) + (int)real(d) + (int)pointed(pairs) + text(word) + truth(1) + named(n) + one_of(e) + numbers[0] + unlike.x; // @mark stop
}
