// Members without `this->`, a template with a local that only one instance has, namespaces, std::string.
#include <string>

namespace shop {
int opened = 0;

class Counter {
public:
    explicit Counter(std::string name) : name(name) {}
    void add(int by) {
        sum += by; // @mark add
        last = by;
    }

private:
    std::string name;
    int sum = 0, last = 0;
};

__attribute__((noinline)) int enter(int visitor) {
    opened++;
    return visitor; // @mark enter
}

__attribute__((noinline)) int enter(double weight) {
    return static_cast<int>(weight); // @mark weigh
}
} // namespace shop

int main() {
    shop::Counter apples("apples"), pears("pears");
    for (int i = 0; i < 5; i++) {
        apples.add(i);
        pears.add(10 * i);
        shop::enter(i);
        shop::enter(0.5);
    }
}
