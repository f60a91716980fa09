#include "shapes.h"
#include <cmath>

namespace geo {

Circle::Circle(double radius) : Shape("circle"), radius_(radius) {}

double Circle::area() const {
    const double pi = 3.141592653589793;
    return pi * radius_ * radius_;
}

Polygon::Polygon(std::vector<Vec<double>> corners) : Shape("polygon"), corners_(std::move(corners)) {}

double Polygon::area() const {
    double twice = 0;
    for (std::size_t i = 0; i < corners_.size(); ++i) {
        const auto &here = corners_[i];
        const auto &next = corners_[(i + 1) % corners_.size()];
        twice += here.x * next.y - next.x * here.y;
    }
    return std::abs(twice) / 2;
}

Error::Error(const std::string &what, int code) : std::runtime_error(what), code(code) {}

std::unique_ptr<Shape> make(const std::string &kind, double size) {
    if (kind == "circle")
        return std::make_unique<Circle>(size);
    if (kind == "square")
        return std::make_unique<Polygon>(
            std::vector<Vec<double>>{{0, 0}, {size, 0}, {size, size}, {0, size}});
    throw Error("no such shape: " + kind, 7); // @mark throw
}

} // namespace geo
