// Lambdas: by value and by reference, generic, with a state of their own, called where they stand, one that
// calls itself, in a template, in an algorithm, as a plain function.
#include <algorithm>
#include <functional>
volatile int sink;

template <typename Function> __attribute__((noinline)) static int apply(Function function, int n) {
    return function(n) + 1;
}

__attribute__((noinline)) static int by_pointer(int (*function)(int), int n) {
    return function(n);
}

struct Counter {
    int count = 0;
    auto counting() {
        return [this](int n) {
            count += n;
            return count;
        };
    }
};

int main() {
    int base = 3, calls = 0;
    auto add = [base](int n) { return base + n; };
    sink = add(1);
    auto note = [&calls](int n) {
        calls++;
        sink = n;
    };
    note(2);
    auto next = [state = 0]() mutable {
        return ++state;
    };
    sink = next() + next();
    auto twice = [](auto n) {
        return n + n;
    };
    sink = twice(4) + static_cast<int>(twice(0.5));
    sink = apply(add, 5) + apply([&](int n) { return n + calls; }, 6);
    const int chosen = [&] {
        if (base > 2)
            return 7;
        return 8;
    }();
    std::function<int(int)> factorial = [&factorial](int n) {
        return n < 2 ? 1 : n * factorial(n - 1);
    };
    sink = factorial(3);
    int numbers[] = {3, 1, 2};
    std::sort(numbers, numbers + 3, [](int a, int b) {
        return a > b;
    });
    std::for_each(numbers, numbers + 3, note);
    sink = by_pointer([](int n) { return -n; }, chosen);
    Counter counter;
    auto counting = counter.counting();
    sink = counting(2);
    sink = counting(3);
    return sink == 9;
}
