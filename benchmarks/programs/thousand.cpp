// Locals to be shown: containers of a thousand elements; then lines to step over.
#include <map>
#include <string>
#include <vector>

struct Point {
    int x;
    double y;
};
struct Base {
    int id = 1;
    virtual ~Base() {}
};
struct Derived : Base {
    int more = 2;
};

int main() {
    std::vector<int> vector(1000, 7);
    std::map<int, int> map;
    std::vector<std::string> strings(1000, "a word");
    std::vector<Point> structures(1000, Point{1, 2});
    std::vector<Base *> objects;
    for (int i = 0; i < 1000; i++) {
        map[i] = i;
        objects.push_back(new Derived);
    }
    int sum = vector[0]; // @mark stop
    sum += 1;
    sum += 2;
    sum += 3;
    sum += 4;
    sum += 5;
    sum += 6;
    return sum;
}
