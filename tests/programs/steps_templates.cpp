// Templates, lambdas, virtual calls, overloads, destructors and operators.
#include <functional>
volatile int sink;

template <typename T> __attribute__((noinline)) T largest(T a, T b) {
    if (a < b)
        return b;
    return a;
}

struct Shape {
    virtual ~Shape() { sink = 0; }
    virtual int area() const = 0;
};

struct Square final : Shape {
    explicit Square(int n) : side(n) {}
    int area() const override { return side * side; }
    int side;
};

struct Line final : Shape {
    int area() const override { return 0; }
};

struct Number {
    int value;
    Number operator+(const Number &other) const {
        return Number{value + other.value};
    }
};

__attribute__((noinline)) static int measure(const Shape &shape) {
    return shape.area();
}

int main() {
    sink = largest(3, 4);
    sink = static_cast<int>(largest(2.5, 1.5));
    int base = 7;
    auto add = [base](int n) {
        return base + n;
    };
    sink = add(1);
    {
        Square square(3);
        sink = measure(square);
        sink = measure(Line());
    }
    Number sum = Number{1} + Number{2};
    sink = sum.value;
    return sink == 9;
}
