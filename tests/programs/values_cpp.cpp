// Values of every kind that C++ adds to C, for their text and content.
#include <cstddef>
#include <cstdint>

namespace shapes {
enum class Color : unsigned char { Red, Green = 5 };
enum Plain { ONE = 1, TWO };
struct Shape {
    int id;
    virtual ~Shape() {}
    virtual int area() const { return id; }
    virtual int scaled(int by) { return id * by; }
};
struct Named {
    const char *name = "named";
};
class Square : public Shape, protected Named {
  public:
    int side = 3;
    static int count;
    static const int limit = 100;
    int area() const override { return side * side; }
    int plain(int by) { return side + by; }
    enum Kind { SMALL, LARGE } kind = LARGE;
};
int Square::count = 2;
struct Left : virtual Shape {
    int left = 10;
};
struct Right : virtual Shape {
    int right = 20;
};
struct Diamond : Left, Right {
    int bottom = 30;
};
namespace {
struct Hidden {
    int h = 7;
};
}  // namespace
Hidden hidden_value;
}  // namespace shapes

template <typename T, int N>
struct Buffer {
    T items[N];
    int used;
    static T shared;
};
template <typename T, int N>
T Buffer<T, N>::shared = 9;

struct Empty {};
struct OnlyBase : Empty {};
struct Self {
    int value;
    static Self instance;
};
Self Self::instance = {5};
struct Members {
    int a, b;
    int method(int n) { return a + n; }
    int constant() const { return b; }
};
struct References {
    int &number;
    const Members &members;
};
union Mixed {
    int i;
    struct {
        short low, high;
    };
};
struct Tricky {  // not trivially copyable: passed by reference to a copy
    int *data;
    int size;
    Tricky(int *d, int s) : data(d), size(s) {}
    Tricky(const Tricky &other) : data(other.data), size(other.size) {}
    ~Tricky() {}
};
struct Node {
    int value;
    Node *next;
};

static int by_value(Tricky tricky, Members members, shapes::Color color, const int &number, int &&temporary) {
    return tricky.size + members.a + (int)color + number + temporary;  // @mark by_value
}

struct Worker {
    int field = 11;
    int work(int amount) {
        int local = amount + field;
        auto add = [this, local, &amount](int more) {
            return field + local + amount + more;  // @mark lambda
        };
        return add(1) + local;  // @mark method
    }
};

int main() {
    shapes::Color color = shapes::Color::Green, bad_color = (shapes::Color)9;
    shapes::Plain plain = shapes::TWO;
    shapes::Square square;
    square.id = 1;
    shapes::Shape *shape = &square;
    shapes::Shape &shape_reference = square;
    shapes::Diamond diamond;
    diamond.id = 40;
    shapes::Left *left = &diamond;
    Buffer<int, 3> buffer = {{1, 2, 3}, 2};
    Buffer<char, 8> text_buffer = {"text", 4};
    Buffer<shapes::Plain, 2> enum_buffer = {{shapes::ONE, shapes::TWO}, 1};
    Empty empty;
    OnlyBase only_base;
    Self self = {6};
    Members members = {1, 2};
    References references = {members.a, members};
    Mixed mixed;
    mixed.i = 0x00020001;
    int number = 5, &reference = number;
    const int &constant_reference = number;
    int &&rvalue = 6;
    int *pointer = &number, *&pointer_reference = pointer;
    int array[3] = {1, 2, 3}, (&array_reference)[3] = array;
    int Members::*data_member = &Members::b, Members::*null_member = nullptr;
    int (Members::*method)(int) = &Members::method, (Members::*null_method)(int) = nullptr;
    int (Members::*constant_method)() const = &Members::constant;
    int (shapes::Shape::*virtual_method)(int) = &shapes::Shape::scaled;
    bool yes = true;
    char16_t utf16 = u'é', utf16_text[] = u"héllo";
    char32_t utf32 = U'€', utf32_text[] = U"€";
    wchar_t wide_text[] = L"wide";
    unsigned char bytes[3] = {1, 2, 3};
    int8_t small = -3;
    long long big = 1LL << 40;
    int (*function)(Tricky, Members, shapes::Color, const int &, int &&) = by_value;
    Node second = {2, nullptr}, first = {1, &second};
    int captured = 12;
    auto lambda = [captured, &number](int n) { return captured + number + n; };
    auto empty_lambda = [](int n) { return n; };
    Worker worker;
    std::nullptr_t null = nullptr;
    int sum = by_value(Tricky(array, 3), members, color, number, 8);
    sum += worker.work(2) + lambda(1) + empty_lambda(1);
    return sum == 0 || null == nullptr || (members.*method)(1) || shapes::hidden_value.h;  // @mark main
}
