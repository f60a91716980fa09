/* Results of every kind, for finish. */
typedef struct { int a, b; } Pair;
typedef struct { long numbers[8]; } Large;
typedef struct { float x; double y; } Mixed;

volatile int sink;

__attribute__((noinline)) static Pair pair(int n) { Pair p = {n, n + 1}; sink = n; return p; }
__attribute__((noinline)) static Large large(int n) {
    Large made = {{n}};
    sink = n;
    return made;
}
__attribute__((noinline)) static Mixed mixed(int n) { Mixed m = {n, n / 2.0}; sink = n; return m; }
__attribute__((noinline)) static double real(int n) { sink = n; return n / 4.0; }
__attribute__((noinline)) static const char *text(int n) { sink = n; return "text" + n; }
__attribute__((noinline)) static void nothing(int n) { sink = n; }

int main(void) {
    sink = pair(1).b;
    sink = (int)large(2).numbers[0];
    sink = (int)mixed(3).y;
    sink = (int)real(4);
    sink = text(1)[0];
    nothing(5);
    return 0;
}
