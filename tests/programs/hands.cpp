// What hands type most is typed at this program: classes, templates, containers, references.
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace shapes {

class Shape {
public:
    explicit Shape(std::string name) : name_(std::move(name)) {}
    virtual ~Shape() = default;
    virtual double area() const = 0;
    const std::string &name() const { return name_; }

protected:
    std::string name_;
};

class Square : public Shape {
public:
    explicit Square(double side) : Shape("square"), side_(side) {}
    double area() const override {
        return side_ * side_; // @mark area
    }
    static int made;

private:
    double side_;
};

int Square::made = 2;

template <typename T> T largest(const std::vector<T> &all) {
    T best = all.front(); // @mark best
    for (const T &one : all)
        if (one > best)
            best = one;
    return best;
}

} // namespace shapes

static int overloaded(int n) { return n + 1; }
static int overloaded(const std::string &s) { return (int)s.size(); }

int main() {
    std::vector<int> numbers{3, 1, 4, 1, 5};
    std::map<std::string, int> ages{{"ann", 31}, {"bob", 27}};
    std::string text = "a \"quoted\" text";
    std::unique_ptr<shapes::Shape> shape = std::make_unique<shapes::Square>(1.5);
    int &first = numbers.front();
    bool flag = true;
    auto twice = [&first](int n) { return n * first; };
    int total = shapes::largest(numbers) + twice(2); // @mark ready
    total += overloaded(total) + overloaded(text) + (int)ages.size() + flag;
    std::printf("%s %.2f %d\n", shape->name().c_str(), shape->area(), total);
    return 0;
}
