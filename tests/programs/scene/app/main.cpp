#include "pool.h"
#include "shapes.h"
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <variant>

struct Scene {
    std::vector<std::unique_ptr<geo::Shape>> shapes;
    std::map<std::string, int> counts;
    std::unordered_map<int, std::string> labels;
    std::optional<double> largest;
    std::variant<int, std::string> origin = std::string("file");

    void add(const std::string &kind, double size) {
        shapes.push_back(geo::make(kind, size));
        counts[kind]++;
        labels[static_cast<int>(shapes.size())] = kind;
        const double area = shapes.back()->area();
        largest = largest ? std::max(*largest, area) : area;
    }

    double total() const {
        double sum = 0;
        for (const auto &shape : shapes)
            sum += shape->area();
        return sum;
    }
};

static std::atomic<int> finished{0};

static unsigned long fibonacci(unsigned n) {
    if (n < 2)
        return n;
    return fibonacci(n - 1) + fibonacci(n - 2);
}

int main(int argc, char **argv) {
    Scene scene;
    scene.add("circle", 2);
    scene.add("square", 3);
    try {
        scene.add("blob", 1);
    } catch (const geo::Error &error) {
        std::cout << "error: " << error.what() << " (" << error.code << ")" << std::endl;
    }
    std::cout << "total " << scene.total() << std::endl;
    {
        Pool pool(3);
        for (unsigned n = 10; n < 16; ++n)
            pool.add([n] {
                const auto value = fibonacci(n);
                finished += static_cast<int>(value % 2);
            });
    }
    std::vector<int> numbers{5, 3, 9, 1};
    std::sort(numbers.begin(), numbers.end(), [](int a, int b) { return a > b; });
    geo::Vec<int> here{1, 2}, there{3, 4};
    auto sum = here + there;
    std::cout << "sum " << sum.x << "," << sum.y << " dot " << here.dot(there) << " finished " << finished << std::endl;
    if (argc > 1 && !std::strcmp(argv[1], "--spin"))
        for (volatile unsigned long turns = 0;; turns = turns + 1)
            ;
    geo::Shape *nothing = scene.shapes.size() > 5 ? scene.shapes[5].get() : nullptr;
    std::cout << nothing->area() << std::endl; // @mark crash
    return 0;
}
