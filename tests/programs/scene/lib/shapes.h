#pragma once
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace geo {

template <typename T> struct Vec {
    T x{}, y{};
    Vec operator+(const Vec &other) const { return {x + other.x, y + other.y}; }
    T dot(const Vec &other) const { return x * other.x + y * other.y; }
};

class Shape {
  public:
    explicit Shape(std::string name) : name_(std::move(name)) {}
    virtual ~Shape() = default;
    virtual double area() const = 0;
    const std::string &name() const { return name_; }

  protected:
    std::string name_;
    Vec<double> at_;
};

class Circle final : public Shape {
  public:
    explicit Circle(double radius);
    double area() const override;

  private:
    double radius_;
};

class Polygon : public Shape {
  public:
    explicit Polygon(std::vector<Vec<double>> corners);
    double area() const override;

  private:
    std::vector<Vec<double>> corners_;
};

class Error : public std::runtime_error {
  public:
    Error(const std::string &what, int code);
    int code;
};

std::unique_ptr<Shape> make(const std::string &kind, double size);

} // namespace geo
