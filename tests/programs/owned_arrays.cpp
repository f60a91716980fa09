// What owns arrays, and what is empty or points nowhere, in the C++ libraries.
#include <bitset>
#include <memory>
#include <vector>

int main() {
    std::unique_ptr<int[]> alone(new int[3]{4, 5, 6});
    std::shared_ptr<int[]> shared(new int[3]{7, 8, 9});
    std::bitset<0> no_bits;
    std::vector<int>::iterator nowhere{};
    return alone[0] + shared[1] + static_cast<int>(no_bits.size()); // @mark stop
}
