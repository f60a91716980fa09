// What lines of C++ come to: instances of a template, constructors, lambdas, methods in a class.
#include <cstdio>
#include <string>
#include <vector>

namespace shapes {

template <typename T> struct Box {
    T value;
    explicit Box(T given) : value(given) {} // @mark constructor
    T twice() const
    {
        return value + value; // @mark template
    }
};

class Base {
public:
    virtual ~Base() = default;
    virtual int area() const = 0;
    int doubled() const { return area() * 2; } // @mark doubled
};

class Square : public Base {
    int side_;

public:
    explicit Square(int side) : side_(side) {}
    int area() const override;
};

int Square::area() const
{
    return side_ * side_; // @mark area
}

} // namespace shapes

static std::vector<int> numbers(int count)
{
    std::vector<int> found;
    for (int i = 0; i < count; i++)
        found.push_back(i); // @mark push
    return found;
}

int main(int argc, char **)
{
    shapes::Box<int> whole(argc);
    shapes::Box<double> real(1.5);
    shapes::Box<std::string> text("ab");
    shapes::Square square(3);
    auto add = [&](int n) {
        return n + argc; // @mark lambda
    };
    int sum = add(whole.twice()) + static_cast<int>(real.twice()) + square.doubled();
    for (int n : numbers(3))
        sum += n;
    std::printf("%d %s\n", sum, text.twice().c_str());
    return 0;
}
