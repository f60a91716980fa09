// Functions inside functions: inlined over several levels, in templates, lambdas and namespaces; tail calls.
#include <cstdlib>
#include <vector>

volatile int sink;

#define NOINLINE __attribute__((noinline, noclone))
#define INLINE inline __attribute__((always_inline))

NOINLINE void bottom(int x) {
    sink = x;
    asm volatile("");
}

namespace outer {
namespace {
INLINE int hidden(int x) {
    sink = x; // @mark hidden
    bottom(x);
    return x + 1;
}
} // namespace

template <typename T> struct Box {
    T value;
    INLINE T get(int times) const {
        T sum = 0;
        for (int i = 0; i < times; i++)
            sum += hidden(value + i);
        return sum;
    }
    NOINLINE T twice() const { return get(1) + get(2); }
};
} // namespace outer

NOINLINE void last(int x) {
    sink = x + 1;
    bottom(x);
}

NOINLINE void before_last(int x) {
    sink += x;
    last(x * 2);
}

NOINLINE int either(int x) {
    if (x > 3)
        before_last(x);
    else
        last(x);
    return sink;
}

NOINLINE int with_lambda(int x) {
    auto add = [&](int y) __attribute__((always_inline)) { // NOLINT
        bottom(x + y);
        return x + y;
    };
    int sum = add(1);
    sum += add(2);
    return sum + sink;
}

int main(int count, char **) {
    outer::Box<int> box{count};
    outer::Box<long> large{count};
    sink += box.twice();
    sink += static_cast<int>(large.twice());
    before_last(count);
    sink += either(count);
    sink += either(count + 5);
    sink += with_lambda(count);
    return 0;
}
