// Iterators of each container of the standard library, and what holds one value of several types.
#include <any>
#include <deque>
#include <forward_list>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

struct point {
    int x;
    double y;
};

int main() {
    std::vector<int> numbers{1, 2, 3};
    std::vector<bool> bits{true, false, true};
    std::list<int> chain{4, 5, 6};
    std::list<int> alike{1}; // as long as its element is great
    std::forward_list<int> forward{7, 8};
    std::deque<int> deck{1, 2, 3};
    std::map<std::string, int> ages{{"ann", 30}, {"bob", 40}};
    std::map<int, int> no_ages;
    std::set<std::string> names{"ann", "bob"};
    std::unordered_map<std::string, point> places{{"here", {1, 2.5}}};
    std::unordered_set<int> keys{9};

    auto in_numbers = numbers.begin() + 1;
    auto in_bits = bits.begin() + 2;
    auto in_chain = ++chain.begin();
    auto const_in_chain = chain.cbegin();
    auto behind_chain = chain.end();
    auto in_alike = alike.begin();
    auto in_forward = forward.begin();
    auto behind_forward = forward.end();
    auto in_deck = deck.begin() + 2;
    auto in_ages = ages.begin();
    auto const_in_ages = ages.cbegin();
    auto behind_ages = ages.end();
    auto behind_no_ages = no_ages.end();
    auto in_names = ++names.begin();
    auto in_places = places.begin();
    auto const_in_places = places.cbegin();
    auto behind_places = places.end();
    auto in_keys = keys.begin();

    std::optional<std::optional<int>> twice = std::optional<int>{3}, hollow = std::optional<int>{}, none;
    std::optional<std::vector<int>> several = std::vector<int>{1, 2};
    std::variant<std::vector<int>, std::optional<int>> inside = std::optional<int>{3};
    std::variant<int, std::string, point> either = point{4, 5};
    std::variant<int, int> second{std::in_place_index<1>, 7};
    std::any nothing, small = 5, big = std::string("text"), structure = point{7, 8};
    std::any list = std::vector<int>{1, 2}, pointer = &numbers;
    int captured = 1;
    std::function<int(int)> closure = [captured](int k) { return k + captured; };
    std::function<int(const point &)> member = &point::x;
    return closure(2) + member(point{1, 2}) + in_numbers[0]; // @mark stop
}
