// Objects by value whose copies are their bytes, and some whose are not, in code that calls no constructor.
#include <memory>

static int ended;
struct Plain { // only its end is written
    int a, b;
    explicit Plain(int x) : a(x), b(2 * x) {}
    Plain(const Plain &) = default;
    ~Plain();
};
Plain::~Plain() { ++ended; }
struct Around {
    Plain plain;
    int k;
};
struct Written {
    int v;
    explicit Written(int k) : v(k) {}
    Written(const Written &o) : v(o.v + 100) {}
    ~Written();
};
Written::~Written() { ++ended; }
struct Moved {
    int *p;
    explicit Moved(int *q) : p(q) {}
    Moved(Moved &&) = default;
    ~Moved();
};
Moved::~Moved() { ++ended; }
struct Owner {
    std::unique_ptr<int> held;
    ~Owner();
};
Owner::~Owner() { ++ended; }

__attribute__((noinline)) int take_plain(Plain p) { return p.a + p.b; }
__attribute__((noinline)) int take_around(Around a) { return a.plain.a + a.k; }
__attribute__((noinline)) int take_written(Written w) { return w.v; }
__attribute__((noinline)) int take_moved(Moved m) { return *m.p; }
__attribute__((noinline)) int take_owner(Owner o) { return *o.held; }
volatile int sunk;
__attribute__((noinline)) void stop(Plain &p, Around &a, Written &w, Moved &m, Owner &o) {
    sunk = p.a + a.k + w.v + *m.p + *o.held; // @mark stop
}

int main(int argc, char **) {
    Plain p(argc);
    Around a{p, 3};
    Written w(argc);
    Moved m(&argc);
    Owner o{std::make_unique<int>(4)};
    int r = take_plain(p) + take_around(a) + take_written(w) + take_moved(Moved(&argc));
    r += take_owner(Owner{std::make_unique<int>(5)});
    stop(p, a, w, m, o);
    return r + ended == 0;
}
