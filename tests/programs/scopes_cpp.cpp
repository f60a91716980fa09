// Functions and variables of C++ in namespaces, classes, templates and lambdas, for names and scopes.
#include <cstdio>

namespace ns {
int in_namespace = 1;
static int hidden = 2;
namespace {
int unnamed = 3;
int in_unnamed(int value) { return value + unnamed; } // @mark in_unnamed
} // namespace
inline namespace v1 {
int in_inline(int value) { return value + hidden; } // @mark in_inline
} // namespace v1
enum class Color { RED = 1, GREEN };
enum Plain { PLAIN = 9 };

class Class {
public:
    explicit Class(int start) : value(start) {} // @mark constructor
    ~Class() { last = value; }
    int method(int more) const { return value + more; } // @mark method_int
    int method(const char *text) { return value + text[0]; } // @mark method_text
    static int make(int from) { return from + counted; }
    template <typename T> T convert(T by) const;
    bool operator<(const Class &other) const { return value < other.value; } // @mark less
    int operator()(int more) { return value + more; } // @mark call
    explicit operator int() const { return value; }
    static int counted;
    static const int limit = 5;
    struct Nested {
        int inner(int x);
    };

private:
    int value;
    static int last;
};
int Class::counted = 4;
int Class::last;
template <typename T> T Class::convert(T by) const {
    return static_cast<T>(value) * by; // @mark convert
}
int Class::Nested::inner(int x) {
    return x + 1; // @mark nested
}

template <typename T> T twice(T what) {
    T result = what + what;
    return result; // @mark twice
}
template <typename T, int N> struct Box {
    T items[N];
    T at(int index) { return items[index]; } // @mark box
};
} // namespace ns

int overloaded(int value) { return value; }              // @mark overloaded_int
int overloaded(double value) { return (int)value; }      // @mark overloaded_double
int overloaded(const ns::Class &value) { return (int)value; }
int overloaded(unsigned long a, const char *const *b) { return (int)a + (b != nullptr); }

thread_local int per_thread = 6;

int main() {
    using namespace ns;
    Class object(7);
    Class other(8);
    int captured = 9;
    auto closure = [captured, &other](int more) {
        int sum = captured + more;
        return sum + (int)other; // @mark closure
    };
    struct Local {
        int own;
        int get() { return own; } // @mark local
    } local{10};
    Box<long, 2> box{{11, 12}};
    Class::Nested nested;
    int total = object.method(1) + object.method("x") + Class::make(1) + (int)object.convert(1.5) + closure(2);
    total += (object < other) + object(3) + in_unnamed(1) + in_inline(1) + twice(2) + (int)twice(2.5) + local.get();
    total += (int)box.at(1) + nested.inner(1) + overloaded(1) + overloaded(1.0) + overloaded(object);
    total += overloaded(1ul, nullptr) + per_thread + in_namespace + (int)Color::GREEN + PLAIN + Class::limit;
    std::printf("%d\n", total);
    return 0; // @mark main
}
