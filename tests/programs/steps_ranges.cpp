// Views, structured bindings, and an algorithm that calls back.
#include <algorithm>
#include <map>
#include <numeric>
#include <ranges>
#include <vector>
struct Even { bool operator()(int n) const { return n % 2 == 0; } };
static int total(const std::vector<int> &v) {
    int sum = 0;
    for (int n : v | std::views::filter(Even{}) | std::views::transform([](int n) { return n * n; }))
        sum += n;
    return sum;
}
int main() {
    std::vector<int> v(6);
    std::iota(v.begin(), v.end(), 1);
    int sum = total(v);
    std::map<int, int> squares;
    for (int n : v)
        squares[n] = n * n;
    for (const auto &[key, value] : squares) {
        if (key % 2)
            continue;
        sum += value;
    }
    std::sort(v.begin(), v.end(), [](int a, int b) {
        return a > b;
    });
    return sum + v[0] == 0;
}
