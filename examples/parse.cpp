#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

struct ParseError : std::runtime_error {
    int line;
    ParseError(int line, const std::string &text) : std::runtime_error(text), line(line) {}
};

static int number(int line, const std::string &text) {
    if (text.empty())
        throw ParseError(line, "nothing in line " + std::to_string(line));
    return std::stoi(text);
}

int main() {
    std::vector<std::string> lines{"12", "", "x", "30"};
    int sum = 0, line = 0, errors = 0;
    for (const auto &text : lines) {
        try {
            sum += number(++line, text);
        } catch (const std::exception &error) {
            errors++;
        }
    }
    std::printf("sum %d, errors %d\n", sum, errors);
    return 0;
}
