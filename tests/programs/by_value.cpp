// Objects that functions take and give by value: in registers, in memory, with constructors of their own.
#include <map>
#include <string>
#include <vector>

struct Small {
    int a;
    short b;
};
struct Mixed {
    double x;
    long y;
};
struct Big {
    int v[10];
};
struct Owner {
    int k;
    explicit Owner(int number) : k(number) {}
    Owner(const Owner &other) : k(other.k + 100) { ++copies; }
    ~Owner() {
        k = -1;
        ++ended;
    }
    Owner next() const { return Owner(k + 1); }
    int get() const { return k; }
    Big big(int last) const {
        Big found{};
        found.v[0] = k;
        found.v[9] = last;
        return found;
    }
    static int copies, ended;
};
int Owner::copies, Owner::ended;

Small small(int a) { return {a, 7}; }
Mixed mixed(double x) { return {x, 9}; }
Big big(int step) {
    Big found{};
    for (int i = 0; i < 10; i++)
        found.v[i] = step * i;
    return found;
}
Owner owner(int k) { return Owner(k); }
std::string text(const char *start) { return std::string(start) + "!"; }
std::vector<int> squares(int count) {
    std::vector<int> found;
    for (int i = 0; i < count; i++)
        found.push_back(i * i);
    return found;
}
int take(Owner one) { return one.k; }
int take_two(Owner one, Owner other) { return one.k * 1000 + other.k; }
int take_small(Small one) { return one.a * 10 + one.b; }
int take_big(Big one) { return one.v[1] + one.v[9]; }
int length(std::string one) {
    one += "some text that is too long for the object itself";
    return static_cast<int>(one.size());
}
int same(const std::string &one) { return static_cast<int>(one.size()); }

int main() {
    std::string s = "hello world";
    std::vector<int> v{1, 2, 3};
    std::map<int, std::string> m{{1, "one"}, {2, "two"}};
    Owner n(5);
    Big b = big(1);
    Small sm = small(3);
    int all = take(n.next()) + take_small(sm) + take_big(b) + length(text("x")) + same(s) + n.big(1).v[0] +
              take_two(n, n) + n.get();
    all += static_cast<int>(mixed(1).x) + owner(2).k + squares(2)[0] + *v.begin() + m.find(1)->first;
    all += static_cast<int>(s.substr(1, 2).find("x", 0) + m.count(2) + s.find(s));
    return all == 0; // @mark stop
}
