// What containers are underneath, as plain structures: indices, sizes, and the objects that they hold.
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#define OPAQUE __attribute__((noinline, used))

struct Item {
    int id;
    std::string name;
};

OPAQUE static long use(const void *what, long n) { return (what ? *static_cast<const volatile char *>(what) : 0) + n; }

OPAQUE static long taken(std::vector<Item> items, const std::string &text, std::unique_ptr<Item> owned) {
    long sum = static_cast<long>(items.size() + text.size()) + owned->id;
    return use(&items, sum);  // @mark taken: sum; text; owned->id; items[1].id; (*owned).id; text[1]; items.size(); text.size()
}

int main() {
    std::vector<int> numbers{1, 2, 3};
    std::array<short, 3> array{{4, 5, 6}};
    std::pair<int, const char *> pair{7, "seven"};
    std::string small = "small", large(40, 'l');
    std::optional<int> some = 8, none;
    std::unique_ptr<int> unique = std::make_unique<int>(9);
    std::shared_ptr<long> shared = std::make_shared<long>(10);
    std::vector<Item> items{{1, "one"}, {2, "two"}};
    long sum = taken(items, large, std::make_unique<Item>(Item{3, "three"}));
    sum += use(&array, numbers[0]) + use(&pair, *some) + use(small.c_str(), *unique) + use(shared.get(), none ? 1 : 0);
    return use(&sum, sum) == 0;  // @mark main: array; pair; pair.second; numbers[2]; array[1]; *unique; *shared; items[0].id; small[0]; large.size(); numbers.size(); pair.first + 1
}
