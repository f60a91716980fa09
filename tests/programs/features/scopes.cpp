// Namespaces, nested, inline and without names; using; constexpr and inline statics; enums of classes; friends.
#define OPAQUE __attribute__((noinline, used))

OPAQUE static long use(const void *what, long n) { return (what ? *static_cast<const volatile char *>(what) : 0) + n; }

int same = 1;
namespace outer {
int same = 2;
const int constant = 20;
namespace inner {
int same = 3;
struct Thing {
    int n = 4;
    static constexpr int limit = 40;
    static inline long counted = 400;
    enum class Mode : short { Off, On = 5 };
    enum { PLAIN = 6 };
    Mode mode = Mode::On;
    OPAQUE long method(int same) {
        static int calls = 0;
        calls += same;
        counted++;
        return use(this, calls);  // @mark method: same; ::same; n; limit; counted; calls; mode; PLAIN; outer::same; *this; mode == Mode::On
    }
};
}  // namespace inner
inline namespace versioned {
int version = 7;
}
namespace {
int hidden = 8;
struct Hidden {
    int inside = 9;
};
}  // namespace
OPAQUE long function(Hidden given) {
    int local = same + hidden;
    {
        int same = 50;
        local += same;
        use(&given, local);  // @mark in_block: same; ::same; outer::same; hidden; version; given; local; inner::same; constant
    }
    return use(&hidden, local);  // @mark in_function: same; hidden; local; inner::same; outer::constant
}
}  // namespace outer
namespace alias = outer::inner;
using outer::inner::Thing;
namespace {
double real = 0.5;
}
class Secret {
    int secret = 11;
    friend long look(const Secret &);
    static const char letters[4];

  public:
    typedef unsigned long number;
    number visible = 12;
};
const char Secret::letters[4] = "abc";
OPAQUE long look(const Secret &s) {
    Secret::number copy = s.visible + s.letters[1];
    return use(&s, static_cast<long>(copy));  // @mark look: s; s.secret; copy; s.letters; Secret::letters; s.visible
}

int main() {
    using namespace outer;
    alias::Thing thing;
    Thing::Mode mode = Thing::Mode::Off;
    Secret secret;
    long sum = thing.method(3) + outer::function({}) + look(secret) + use(&mode, version) + static_cast<long>(real * 4);
    return use(&thing, sum) == 0;  // @mark main: thing; mode; secret; ::same; outer::inner::same; Thing::limit; Thing::counted; outer::inner::Thing::Mode::On; real; outer::hidden; outer::version; thing.PLAIN
}
