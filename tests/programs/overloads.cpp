// Functions of one name, told apart by the types of their arguments alone.
#include <string>

struct B {
    int b;
};
struct D : B {
    int d;
};
struct E : D {
    int e;
};
int near(const B &) { return 1; }
int near(const D &) { return 2; }
int near(B *) { return 3; }
int near(D *) { return 4; }
enum Colour { RED, GREEN };

int f(int) { return 1; }
int f(double) { return 2; }
int f(const char *) { return 3; }
int f(const B &) { return 4; }
int f(char) { return 5; }
int f(unsigned long) { return 6; }
int f(bool) { return 7; }
int f(void *) { return 8; }
int f(float) { return 9; }
int f(long) { return 10; }
int h(B *) { return 1; }
int h(D *) { return 2; }
int h(void *) { return 3; }
int h(const D *) { return 4; }
int r(int &) { return 1; }
int r(const int &) { return 2; }
int m(std::string &&s) {
    s += " taken";
    return 1;
}
int m(const std::string &) { return 2; }
int v(int, double) { return 1; }
int v(double, int) { return 2; }
int v(int, int) { return 3; }
int e(Colour) { return 1; }
int e(int) { return 2; }
std::string text() { return "text"; }

struct M {
    int k(int) { return 1; }
    int k(double) const { return 2; }
    int k(const char *) { return 3; }
    static int s(int) { return 4; }
    static int s(double) { return 5; }
    int c() { return 6; }
    int c() const { return 7; }
    int operator+(int) { return 8; }
    int operator[](int) { return 10; }
    int operator[](const char *) { return 11; }
    int operator()(int, int) { return 12; }
    int operator()(double) { return 13; }
};
int operator+(const M &, const M &) { return 9; }

int main() {
    int i = 1;
    unsigned long ul = 4;
    long l = 3;
    double d = 1.5;
    float fl = 2.5;
    char c = 'c';
    short sh = 2;
    bool bo = true;
    const char *cs = "x";
    char buf[4] = "ab";
    B b{1};
    D dd;
    dd.b = 1;
    E ee;
    ee.b = near(ee) + near(&ee) + near(b) + near(&b);
    Colour col = GREEN;
    void *vp = &i;
    D *pd = &dd;
    const D *cpd = &dd;
    const int ci = 5;
    std::string s = "str";
    M mm;
    const M cm{};
    int all = f(i) + h(pd) + r(i) + m(s) + v(1, 2) + e(col) + mm.k(1) + mm.k("x") + cm.k(d) + M::s(1) + M::s(d);
    all += mm.c() + cm.c() + (mm + 1) + (mm + mm) + mm[1] + mm["x"] + mm(1, 2) + mm(1.0) + m(text());
    all += bo + sh + c + static_cast<int>(ul + l) + static_cast<int>(fl) + *cs + buf[0] + b.b + (vp != cpd) + ci;
    return all == 0; // @mark stop
}
