// Functions that are called like functions: of classes, of templates, and of lambdas.
#include <cstdio>

struct Next {
    int operator()(int x) const { return x + 1; }
};
template <class Number> struct Twice {
    Number operator()(Number x) const { return x * 2; }
};

int main() {
    auto plain = [](int x) { return x + 3; };
    auto generic = [](auto x) { return x + 4; };
    int all = Next()(1) + Twice<int>()(2) + plain(3) + generic(4) + static_cast<int>(generic(5L));
    std::printf("%d\n", all);
    return 0;
}
