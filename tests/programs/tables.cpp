// Objects with tables of virtual functions, and arrays to be printed in every form.
#include <cstdio>
#include <vector>

namespace ns {
struct Base {
    int b = 1;
    virtual ~Base() {}
    virtual void f(int) { puts("Base::f"); }
    virtual int g() const { return 1; }
};
struct Other {
    int o = 2;
    virtual void h() {}
};
struct Derived : Base, Other {
    int d = 3;
    void f(int) override { puts("Derived::f"); }
    void h() override {}
    virtual void own() {}
};
struct Plain {
    int p;
};
}  // namespace ns

struct Virtual : virtual ns::Base {
    int v = 5;
    void f(int) override {}
};

struct Holder {
    int a;
    int b[3];
};

int numbers[5] = {1, 2, 3, 4, 5};
int matrix[2][3] = {{1, 2, 3}, {4, 5, 6}};
Holder holder = {1, {2, 3, 4}}, holders[2];
int zeros[30];
const char *text = "hello";

int main(int argc, char **argv) {
    ns::Derived derived;
    ns::Base *pointer = &derived;
    ns::Base &reference = derived;
    ns::Plain plain{};
    Virtual with_virtual;
    ns::Base base;
    ns::Base *null = nullptr;
    std::vector<int> vector{1, 2, 3};
    bool yes = true;
    signed char small = 5;
    pointer->f(argc);  // @mark stop
    return plain.p + with_virtual.v - 5 + (null != nullptr) + (int)vector.size() - 3 + yes - 1 + small - 5;
}
