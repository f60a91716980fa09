// Containers of what has a dtype for numpy, and of what has none.
#include <array>
#include <atomic>
#include <complex>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

enum class Color : unsigned char { Red, Green = 5 };
struct Point {
    int x;
    double y;
};
struct Nothing {};
struct Labelled {
    std::string label;
    int number;
};

int main() {
    std::vector<std::vector<double>> matrix{{1, 2}, {3, 4}}, ragged{{1, 2}, {3}}, hollow{{}, {}}, empty_matrix;
    std::vector<std::vector<std::vector<short>>> cube{{{1, 2, 3}}, {{4, 5, 6}}};
    std::vector<std::array<int, 2>> rows{{1, 2}, {3, 4}};
    std::array<std::array<int, 2>, 2> square{{{1, 2}, {3, 4}}};
    std::vector<std::pair<int, double>> pairs{{1, 2.5}, {2, 3.5}};
    std::vector<std::tuple<char, int, double>> triples{{'a', 1, 2.5}};
    std::vector<Point> points{{1, 2}, {3, 4}};
    std::vector<Color> colors{Color::Green, Color::Red};
    std::vector<bool> bits{true, false, true};
    std::vector<std::complex<double>> complexes{{1, 2}};
    std::deque<int> deck{1, 2, 3};
    std::list<std::vector<int>> chain{{1, 2}, {3, 4}};
    std::set<int> ordered{2, 1};
    std::vector<int> nothing;
    std::atomic<int> counter{7};
    int number = 3, *addresses[2] = {&number, &number};
    std::vector<std::string> words{"one"};
    std::vector<std::optional<int>> options{1, std::nullopt};
    std::vector<std::variant<int, double>> variants{1};
    std::vector<Nothing> nothings{{}};
    std::vector<Labelled> labelled{{"one", 1}};
    std::vector<std::unique_ptr<int>> owners(1);
    std::optional<int> option = 4;
    std::string text = "text";
    std::map<int, int> map{{1, 2}};
    std::tuple<std::string, int> mixed{"a", 1};
    return (int)matrix.size() + *addresses[1] + counter;  // @mark stop
}
