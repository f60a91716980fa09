// Many instances of templates, functions that the compiler makes one of, and a name with a tag.
#include <string>
#include <utility>

struct Base { int number = 0; };
struct One : Base {};
struct Two : Base {};

template <typename T> const T *as(const Base *base);
template <> const One *as<One>(const Base *base) { return static_cast<const One *>(base); }
template <> const Two *as<Two>(const Base *base) { return static_cast<const Two *>(base); }  // the same code

template <int N> __attribute__((noinline)) int walk() { return N; }
template <int (*F)()> __attribute__((noinline)) int wrap() { return F(); }
template <int... N> int all(std::integer_sequence<int, N...>) { return (wrap<walk<N>>() + ...); }

struct Speaker {
    __attribute__((noinline)) std::string text() const { return "text"; }
};

int main() {
    Speaker speaker;
    return all(std::make_integer_sequence<int, 150>{}) - 11175 + static_cast<int>(speaker.text().size()) - 4;
}
