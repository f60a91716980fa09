// Template arguments that people write shorter than compilers do.
#include <map>
#include <string>
#include <vector>

typedef int Number;
using Names = std::vector<std::string>;

template <class T> struct Box {
    T held;
    int size() { return sizeof(T); }
};
template <class T> int twice(T one) { return 2 * sizeof one; }
template <class A, class B> int pair_of(A, B) { return 1; }

Number number = 3;
Names names;

int main() {
    Box<std::vector<int>> vector;
    Box<std::map<std::string, int>> map;
    Box<unsigned> plain{1};
    return vector.size() + map.size() + plain.size() + twice(std::string()) + twice(1) + twice(names) +
           pair_of(1, std::string());
}
