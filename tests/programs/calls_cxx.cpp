// What C++ calls: lambdas, std::function, member functions by the qualifiers of the object, conversions.
#include <functional>

struct Qualified {
    int f() { return 1; }
    int f() const { return 2; }
    int f() volatile { return 3; }
};
struct Number {
    operator int() const { return 42; }
};
struct Member {
    int plus(int x) { return x + 1; }
    static int stated(int x) { return x + 100; }
};
int taken(int x) { return x + 1; }
int chosen(int) { return 1; }
int chosen(const Number &) { return 2; }

int main() {
    int base = 2;
    auto captures = [&](int x) { return x + base; };
    auto doubles = [](double x) { return x * 2; };
    std::function<int(int)> kept = captures;
    Qualified plain;
    const Qualified constant{};
    volatile Qualified changing{};
    Number number;
    Member member;
    int sum = captures(1) + (int)doubles(1.5) + kept(1) + plain.f() + constant.f() + changing.f();
    sum += taken(number) + chosen(1) + chosen(number) + member.plus(1) + Member::stated(1);
    return sum; // @mark stop
}
