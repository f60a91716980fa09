// Arguments that become objects: by constructors, as strings of the library; objects that become numbers.
#include <string>
#include <string_view>

static int ended;

struct Text { // keeps the pointer that it is made of
    const char *start;
    int length;
    Text(const char *s) : start(s), length(0) {
        while (s[length])
            ++length;
    }
    ~Text() { ++ended; }
};
struct Number {
    int value;
    Number(int n) : value(n) {}
    explicit Number(double d) : value(1000 + (int)d) {}
    operator int() const { return value; }
    explicit operator bool() const { return value != 0; }
};
struct Ratio {
    long top, bottom;
    double shown;
    Ratio(const Number &n) : top(n.value), bottom(1), shown(n.value) {}
    operator double() const { return shown / (double)bottom; }
};
struct Plain {
    int a;
};

static int length(const Text &t) { return t.length; }
static int first(Text t) { return t.start[0]; }
static int twice(Number n) { return 2 * n.value; }
static int size(const std::string &s) { return (int)s.size(); }
static int own_size(std::string s) {
    s += "!";
    return (int)s.size();
}
static int view(std::string_view v) { return (int)v.size() + v.back(); }
static int change(std::string &s) { return (int)s.size(); }
static double of(const Ratio &r) { return r.shown; }
static int plain(Plain p) { return p.a; }
static int chosen(double) { return 1; }
static int chosen(const std::string &) { return 2; }
static int chosen(const Number &) { return 3; }
static int three(int a, int b = 5, int c = 7) { return a * 100 + b * 10 + c; }

int main() {
    std::string name = "a name that is longer than sixteen";
    Number number(4);
    Ratio ratio(number);
    Plain p{3};
    int r = length("abc") + first("abc") + twice(3) + size(name) + own_size(name) + view(name) + change(name);
    r += (int)of(number) + plain(p) + chosen(1.5) + chosen(name) + chosen(number) + three(1);
    r += number + (int)(double)ratio + (number ? 1 : 0);
    return r + ended; // @mark stop
}
