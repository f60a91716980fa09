// std::function, bind, virtual calls and pointers to members.
#include <functional>
#include <memory>
#include <string>
static int twice(int n) {
    return 2 * n;
}
struct Base {
    virtual ~Base() = default;
    virtual int value() const { return 1; }
};
struct Derived : Base {
    int value() const override {
        return 2;
    }
};
int main() {
    int offset = 3;
    std::function<int(int)> f = twice;
    int a = f(4);
    f = [&](int n) {
        offset++;
        return n + offset;
    };
    a += f(5);
    auto bound = std::bind(twice, std::placeholders::_1);
    a += bound(6);
    std::unique_ptr<Base> base = std::make_unique<Derived>();
    a += base->value();
    auto shared = std::make_shared<std::string>("text");
    a += shared->size();
    int (Base::*member)() const = &Base::value;
    a += (base.get()->*member)();
    return a == 0;
}
