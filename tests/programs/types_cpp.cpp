// Every kind of C++ type, one variable each, for the type reader and whoever prints values.
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace shapes {

enum Plain { PLAIN_A, PLAIN_B = 4 };
enum class Scoped : unsigned char { First, Second = 200 };

struct Base {
    virtual ~Base() {}
    virtual int area() const { return side * side; }
    int side = 3;
};

class Tagged {
public:
    int tag = 4;

protected:
    short hidden = 5;

private:
    char secret = 'p';
};

class Square : public Base, private Tagged {
public:
    Square() = default;
    explicit Square(int length) { side = length; }
    Square(const Square &) = default;
    int area() const override { return side * side + scale; }
    static int count(int more) { return counted + more; }
    template <typename T> T times(T by) const { return side * by; }
    Square &operator+=(int more) {
        side += more;
        return *this;
    }
    operator bool() const { return side != 0; }

    static int counted;
    static constexpr int limit = 100;
    struct Nested {
        int inner = 6;
    };
    using Size = unsigned long;
    Nested nested;
    Size size = 7;
    int scale = 1;
    mutable int seen = 0;
};
int Square::counted = 2;

namespace {
struct Unnamed {
    int value = 8;
};
} // namespace
Unnamed in_anonymous_namespace;
int in_use() { return in_anonymous_namespace.value; }

inline namespace v2 {
struct Versioned {
    int value = 9;
};
} // namespace v2

} // namespace shapes

struct Top {
    int top = 1;
};
struct Left : virtual Top {
    int left = 2;
};
struct Right : virtual Top {
    int right = 3;
};
struct Diamond : Left, Right {
    int bottom = 4;
};

template <typename T, int N> struct Buffer {
    T items[N];
    T *begin() { return items; }
    static const int length = N;
};
template <typename... Ts> struct Pack {
    int count = sizeof...(Ts);
};
template <template <typename...> class Holder> struct OfTemplate {
    int unused = 0;
};
template <typename T> using Alias = std::pair<T, int>;
template <auto *P> struct Pointing {
    int *pointer = P;
};
template <unsigned long N, bool B, char C> struct Constants {
    int unused = 0;
};

struct NonTrivial {
    NonTrivial() : owned(new int(1)) {}
    NonTrivial(const NonTrivial &other) : owned(new int(*other.owned)) {}
    ~NonTrivial() { delete owned; }
    int *owned;
};

union Either {
    int i;
    float f;
    Either() : i(1) {}
};

struct WithAnonymous {
    int before;
    union {
        int number;
        float real;
    };
    struct {
        int a, b;
    } pair;
    enum { ONE, TWO } choice;
};

struct Empty {};
struct BitFields {
    unsigned low : 4;
    bool flag : 1;
    shapes::Plain plain : 3;
    shapes::Scoped scoped : 6;
    long long big : 45;
};

int global_integer = 11;
shapes::Plain plain = shapes::PLAIN_B;
shapes::Scoped scoped = shapes::Scoped::Second;
shapes::Square square(5);
shapes::Base *base_pointer = &square;
shapes::Square::Nested nested;
shapes::Versioned versioned;
Diamond diamond;
Buffer<int, 3> buffer = {{1, 2, 3}};
Buffer<Buffer<unsigned long, 2>, 2> buffers;
Pack<int, char, std::string> pack;
OfTemplate<std::vector> of_template;
Alias<double> alias{1.5, 2};
Pointing<&global_integer> pointing;
Constants<5, true, 'x'> constants;
NonTrivial non_trivial;
Either either;
WithAnonymous with_anonymous = {1, {2}, {3, 4}, WithAnonymous::TWO};
Empty empty;
BitFields bit_fields = {1, true, shapes::PLAIN_B, shapes::Scoped::First, -1};
int &reference = global_integer;
const int &constant_reference = global_integer;
int &&rvalue_reference = 12;
int (&array_reference)[3] = buffer.items;
int shapes::Square::*data_member = &shapes::Square::scale;
int (shapes::Base::*function_member)() const = &shapes::Base::area;
decltype(nullptr) null_pointer = nullptr;
char16_t character16 = u'x';
char32_t character32 = U'y';
#ifdef __cpp_char8_t
char8_t character8 = u8'z';
#endif
wchar_t wide_character = L'w';
long double long_double = 3.5L;
__int128 int128 = -6;
bool boolean = true;
std::string string = "string";
std::vector<int> vector = {1, 2, 3};
std::vector<unsigned long> longs = {1, 2};
std::unique_ptr<NonTrivial> unique;

int by_value(NonTrivial object) {
    return *object.owned; // @mark by_value
}

int main() {
    int captured = 13;
    int changed = 14;
    struct Local {
        int local = 15;
    } local;
    auto closure = [captured, &changed](int more) {
        changed += more; // @mark closure
        return captured + changed;
    };
    return closure(1) + by_value(non_trivial) + local.local + square.count(1) + int(square.times(2.0)) == 0; // @mark main
}
