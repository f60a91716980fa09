// Functions of C++ that return objects: trivial ones in registers, others where the caller has room.
#include <complex>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace returned {
struct Trivial {
    int a;
    double b;
};
struct Base {
    long base;
};
struct Derived : Base {
    float more;
};
struct Empty {};
struct WithEmptyBase : Empty {
    int a;
};
struct Copied {
    int k;
    explicit Copied(int number) : k(number) {}
    Copied(const Copied &other) : k(other.k) {}
};
struct Ended {
    int k;
    ~Ended() { k = -1; }
};
struct Moved {
    int k;
    Moved(int number) : k(number) {}
    Moved(Moved &&other) noexcept : k(other.k) {}
};
struct Virtual {
    int k = 4;
    virtual int get() const { return k; }
};
struct Defaulted {
    int k = 6;
    Defaulted() = default;
    Defaulted(const Defaulted &) = default;
    ~Defaulted() = default;
};
template <class T> struct Box {
    T value;
};
enum class Level : short { low = 1, high = 300 };

static int number = 33;
static Trivial kept{1, 2.5};

#define GIVES(type, name, ...) \
    __attribute__((noinline)) type name() { return __VA_ARGS__; }

GIVES(Trivial, a_trivial_class, {3, 4.5})
__attribute__((noinline)) Derived a_derived_class() {
    Derived found;
    found.base = 5;
    found.more = 1.5f;
    return found;
}
GIVES(Empty, an_empty_class, {})
__attribute__((noinline)) WithEmptyBase an_empty_base() {
    WithEmptyBase found;
    found.a = 8;
    return found;
}
GIVES(Copied, one_that_is_copied, Copied(11))
GIVES(Ended, one_with_a_destructor, {12})
GIVES(Moved, one_that_is_moved, Moved(13))
GIVES(Virtual, one_with_virtual_functions, {})
GIVES(Defaulted, one_with_defaulted_members, {})
GIVES(Box<double>, an_instance, {2.5})
GIVES(Box<Trivial>, an_instance_of_a_class, {{1, 2.5}})
GIVES(Level, a_scoped_enumeration, Level::high)
GIVES(int &, a_reference, number)
GIVES(const Trivial &, a_reference_to_a_class, kept)
GIVES(int &&, an_rvalue_reference, std::move(number))
GIVES(int Trivial::*, a_member_pointer, &Trivial::a)
GIVES(std::nullptr_t, a_null, nullptr)
GIVES(wchar_t, a_wide_character, L'w')
GIVES(char16_t, a_character_of_utf16, u'u')
GIVES(std::complex<double>, a_complex, {1, 2})
using Pair = std::pair<int, double>;
GIVES(Pair, a_pair, {1, 2.5})
GIVES(std::string, a_string, "text")
GIVES(std::vector<int>, a_vector, {1, 2, 3})
GIVES(std::optional<int>, an_optional, 5)
GIVES(std::unique_ptr<int>, an_owner, std::unique_ptr<int>(&number))

struct Object {
    int own = 21;
    __attribute__((noinline)) Copied copied() { return Copied(own); }
    __attribute__((noinline)) Trivial trivial() const { return {own, 0.5}; }
    __attribute__((noinline)) static long of_all() { return 22; }
};
} // namespace returned

int main() {
    using namespace returned;
#define ALL(X) \
    X(a_trivial_class) X(a_derived_class) X(an_empty_class) X(an_empty_base) X(one_that_is_copied) \
    X(one_with_a_destructor) X(one_that_is_moved) X(one_with_virtual_functions) X(one_with_defaulted_members) \
    X(an_instance) X(an_instance_of_a_class) X(a_scoped_enumeration) X(a_reference) X(a_reference_to_a_class) \
    X(an_rvalue_reference) X(a_member_pointer) X(a_null) X(a_wide_character) X(a_character_of_utf16) \
    X(a_complex) X(a_pair) X(a_string) X(a_vector) X(an_optional)
#define CALL(name) (void)name();
    ALL(CALL)
    an_owner().release();
    Object object;
    object.copied();
    object.trivial();
    Object::of_all();
    return 0; // X(an_owner) X(Object::copied) X(Object::trivial) X(Object::of_all)
}
