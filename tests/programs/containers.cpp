// One variable of each container of the standard library.
#include <array>
#include <atomic>
#include <bitset>
#include <chrono>
#include <complex>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <stack>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

struct point { int x, y; };

static int twice(int n) { return 2 * n; }

int main() {
    std::string text = "hello";
    std::string longer(40, 'x');
    std::string empty;
    std::wstring wide = L"wide";
    std::string_view view = text;
    std::vector<int> numbers = {1, 2, 3};
    std::vector<std::string> words = {"one", "two"};
    std::vector<bool> bits = {true, false, true};
    std::vector<point> points = {{1, 2}, {3, 4}};
    std::vector<int> nothing;
    std::array<int, 3> fixed = {4, 5, 6};
    std::deque<int> deck;
    for (int i = 0; i < 300; i++)
        deck.push_back(i);
    deck.push_front(-1);
    std::list<int> chain = {7, 8};
    std::forward_list<int> forward = {9, 10};
    std::map<std::string, int> ages = {{"ann", 30}, {"bob", 40}};
    std::multimap<int, int> many = {{1, 2}, {1, 3}};
    std::set<int> ordered = {3, 1, 2};
    std::unordered_map<int, std::string> table = {{1, "uno"}};
    std::unordered_set<std::string> keys = {"k"};
    std::optional<int> some = 5, none;
    std::variant<int, std::string> either = std::string("second");
    std::tuple<int, double, std::string> triple = {1, 2.5, "three"};
    std::pair<int, char> pair = {1, 'c'};
    std::unique_ptr<point> unique = std::make_unique<point>(point{5, 6});
    std::shared_ptr<int> shared = std::make_shared<int>(42);
    std::shared_ptr<int> second = shared;
    std::weak_ptr<int> weak = shared;
    std::shared_ptr<int> no_one;
    std::function<int(int)> callable = twice, uncallable;
    std::chrono::milliseconds pause(250);
    std::filesystem::path path = "/usr/bin";
    std::atomic<int> counter{11};
    std::bitset<8> mask("10100101");
    std::complex<double> number(1, -2);
    std::stack<int> pile({1, 2});
    std::queue<int> line({3, 4});
    std::vector<int>::iterator where = numbers.begin() + 1;
    std::map<int, std::vector<std::string>> nested = {{1, {"a", "b"}}};
    return deck.size() + callable(1) + keys.size(); // @mark stop
}
