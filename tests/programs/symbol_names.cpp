// Functions that a build without -g has in its symbol table alone, and their caller.
namespace ns {
// The first of a file that has an initializer: gcc's _GLOBAL__sub_I_ ends in its name, which a linker shares.
__attribute__((noinline)) int first(int k) { return k; }
struct A {
    int v;
    explicit A(int);
    ~A();
    int f(int);
    int f(double);
    A operator+(const A &) const;
};
__attribute__((noinline)) A::A(int x) : v(x) {}
__attribute__((noinline)) A::~A() { v = 0; }
__attribute__((noinline)) int A::f(int x) { return v + x; }
__attribute__((noinline)) int A::f(double d) { return v + static_cast<int>(d); }
__attribute__((noinline)) A A::operator+(const A &o) const { return A(v + o.v); }
template <class T> __attribute__((noinline)) T twice(T x) { return x + x; }
__attribute__((noinline)) int f(int k) { return k; }
namespace inner {
__attribute__((noinline)) int f(unsigned long k) { return static_cast<int>(k); }
}
namespace {
__attribute__((noinline)) int hidden(int k) { return k * 3; }
}
__attribute__((noinline)) static int seed() { return 3; }
static int begun = seed();
// Namesakes of functions outside.
struct B {
    int main();
    int plain(int);
};
__attribute__((noinline)) int B::main() { return 4; }
__attribute__((noinline)) int B::plain(int k) { return k; }
__attribute__((noinline)) int main(int k) { return k; }
} // namespace ns

extern "C" __attribute__((noinline)) int plain(int k) { return k + 1; }

int main() {
    ns::B o;
    if (o.main() + o.plain(1) + ns::main(2) + plain(3) == 0) return 1;
    ns::A a(1), b(2);
    int r = a.f(1) + a.f(1.5) + (a + b).v + ns::twice(3) + static_cast<int>(ns::twice(1.5));
    return r + ns::f(1) + ns::inner::f(2) + ns::hidden(4) + ns::first(ns::begun) == 0;
}
