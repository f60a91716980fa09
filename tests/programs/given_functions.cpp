// Names of functions where a pointer or a reference to a function is taken.
struct Shape {
    int sides = 4;
};
typedef int (*Counter)(Shape &);
int sides(Shape &shape) { return shape.sides; }
int corners(Shape &shape) { return shape.sides + 100; }
int over(int x) { return x + 1; }
double over(double x) { return x * 2; }
int apply(Counter counter, Shape &shape) { return counter(shape); }
int apply_reference(int (&counter)(Shape &), Shape &shape) { return counter(shape); }
double apply_double(double (*f)(double), double x) { return f(x); }
int many(int count, ...) {
    __builtin_va_list list;
    __builtin_va_start(list, count);
    Counter counter = __builtin_va_arg(list, Counter);
    Shape *shape = __builtin_va_arg(list, Shape *);
    __builtin_va_end(list);
    return count + counter(*shape);
}
struct Table {
    Counter counter = sides;
    static int of(Shape &shape) { return shape.sides + 1000; }
};
int main() {
    Shape shape;
    Counter counter = sides, empty = nullptr;
    Counter counters[2] = {sides, corners};
    Table table;
    double (*f)(double) = over;
    int (*g)(int) = over;
    bool flag = false;
    int sum = apply(counter, shape) + apply_reference(sides, shape) + (int)apply_double(over, 1) + many(1, sides, &shape);
    return sum + Table::of(shape) + flag + (empty == nullptr) + counters[1](shape) + g(1) + (int)f(2) + table.counter(shape); // @mark stop
}
