// Lines that gcc puts into the cold part of their function, far before the rest.
#include <stdexcept>
#include <vector>
#include <cstdio>
#include <string>
volatile int sink;
struct Guard { ~Guard() { sink = sink + 1; } };
int deep(int n) {
    Guard g;
    if (n == 0) {
        throw std::runtime_error( // @mark thrown
            "deep " + std::to_string(n));
    }
    return deep(n - 1) + 1;
}
int catcher(int n) {
    try {
        Guard g;
        return deep(n);
    } catch (const std::exception &e) {
        std::puts(e.what()); // @mark caught
        sink = n;
        return -1;
    }
}
int main() {
    std::vector<int> v{1,2,3};
    int r = catcher(3);
    try { r += v.at(5); } catch (std::out_of_range &e) { std::puts("oor"); r += 2; }
    return r;
}
