// Containers of a thousand elements, all different, as an editor opens them.
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

struct Point {
    short x;
    double y;
    char letter;
    const char *name;
    Point *next;
    struct {
        int deep;
    } inner;
};
struct Base {
    virtual ~Base() {}
    int id = 1;
};
struct Derived : Base {
    int more = 2;
};

int main() {
    std::vector<int> numbers;
    std::vector<std::string> strings;
    std::vector<Point> structures;
    std::vector<Base *> objects;
    std::map<int, std::string> map;
    std::map<std::string, int> words;
    std::set<long> set;
    std::deque<float> deque;
    std::vector<std::pair<int, std::string>> pairs;
    std::vector<std::vector<int>> vectors;
    for (int i = 0; i < 1000; i++) {
        std::string text = "number " + std::to_string(i * i) + " of a thousand";
        numbers.push_back(-i);
        strings.push_back(text);
        structures.push_back({(short)i, i / 7.0, (char)i, i ? "a name" : nullptr, nullptr, {i}});
        objects.push_back(i == 500 ? nullptr : i % 2 ? new Base : new Derived);
        map[i] = text;
        words[text] = i;
        set.insert(i * 3);
        deque.push_back(i / 3.0f);
        pairs.push_back({i, text});
        vectors.push_back(std::vector<int>(i % 4, i));
    }
    return numbers[0] + objects[1]->id; // @mark stop
}
