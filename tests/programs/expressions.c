/* Values of every kind that is passed to functions and comes back from them. */
#include <stdio.h>
#include <string.h>

struct point { int x, y; };
struct big { long a[5]; };
struct mixed { float f; double d; };
struct pair { long first; double second; };
enum color { RED, GREEN = 5 };
typedef struct point point_t;

int global = 42;
static int hidden = 7;
enum color shade = GREEN;

int add(int a, int b) { return a + b; }
double half(double x) { return x / 2; }
float half_float(float x) { return x / 2; }
long double twice(long double x) { return x * 2; }
struct point swap(struct point p) { struct point q = { p.y, p.x }; return q; }
struct big grow(struct big b) { b.a[0]++; return b; }
struct mixed scale(struct mixed v, int n) { v.f += n; v.d *= 2; return v; }
struct pair flip(struct pair v) { struct pair r = { (long)v.second, (double)v.first }; return r; }
int length(const char *s) { int n = 0; while (*s++) n++; return n; }
int sum(int a, int b, int c, int d, int e, int f, int g, int h) { return a + b + c + d + e + f + g + h; }
int crash(void) { return *(volatile int *)8; }
int forever(void) { for (volatile int i = 0;; i++) ; }
void change(int *p) { *p = 99; }

int main(int argc, char **argv) {
    int i = 3;
    struct point p = { 1, 2 };
    struct point *pp = &p;
    struct big b = { { 1, 2, 3, 4, 5 } };
    struct mixed v = { 1.5f, 2.5 };
    struct pair pr = { 3, 4.0 };
    int arr[4] = { 1, 2, 3, 4 };
    const char *s = "hello";
    long double x = 1.25L;
    point_t t = { 8, 9 };
    puts("here"); /* @mark here */
    change(&i);
    if (argc > 5)
        return crash() + forever();
    return swap(p).x + (int)grow(b).a[0] + (int)scale(v, 1).f + (int)twice(x) + length(s) + (int)half(2) +
           (int)half_float(2) + sum(1, 2, 3, 4, 5, 6, 7, 8) + arr[0] + t.x + pp->x + add(i, hidden) +
           (int)flip(pr).first + (int)strlen(argv[0]);
}
