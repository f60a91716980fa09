// Containers that optimized code keeps in pieces, or as constants: not in memory.
#include <array>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>

volatile int sunk;
__attribute__((noinline)) void sink(int k) { sunk = k; } // @mark sink

int main(int argc, char **) {
    std::array<int, 3> three{argc, 20, 30};
    std::array<std::array<int, 2>, 2> grid{{{1, 2}, {3, argc}}};
    std::variant<int, double> either = 7;
    std::optional<int> some = 8;
    std::pair<int, long> pair{9, 10};
    std::tuple<int, char> both{11, 'c'};
    sink(three[1] + grid[1][0]);
    return three[0] + grid[1][1] + std::get<int>(either) + *some + pair.first + std::get<0>(both) == 0;
}
