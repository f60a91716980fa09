// Strings that are taken by value and given back: their copies end below the result.
#include <string>

std::string back(std::string given) { return given; }
std::string joined(std::string left, std::string right) { return left + right; }

int main() {
    std::string s = "abc", t = "a text that is longer than what fits";
    auto all = back(s) + joined(s, t); // @mark stop
    return all.empty();
}
