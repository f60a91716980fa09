// How types and functions of C++ are written: templates in templates, members, namesakes, extern "C".
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ns {
struct Point {
    int x;
};
template <class T> struct Cell {
    T *p;
};
template <class T, class A = Cell<T>> struct Row {
    typedef T value_type;
    typedef Row<T, A> self;
    typedef const T &reference;
    T *begin;
    A cells;
    Row() {}
    Row(const Row &) {}
    T &at(int) { return *begin; }
    reference operator[](unsigned long n) const { return begin[n]; }
    self &add(const self &) { return *this; }
    static Row make(std::initializer_list<T>);
    std::vector<T> copied();
    Cell<Cell<T>> nested(Cell<const T>, Cell<T *>);
    Row<Point> other(Row<T *>);
    void take(std::shared_ptr<Row<T>>);
    bool operator==(const Row &) const;
    operator T() const { return *begin; }
    template <class U> U convert(U u, const std::vector<T> &) { return u; }
};
template <class K, int N> struct Table : Cell<K> {
    K data[N];
    Table<K, N + 1> grow();
    K (*function)(K, Table *);
    enum Kind { small, big };
    Kind kind;
    struct Node {
        K k;
        Node *next;
    } *head;
};
struct Shape {
    int sides;
    virtual int area(const std::string &name, unsigned long scale) const;
    virtual ~Shape() {}
};
int Shape::area(const std::string &name, unsigned long scale) const { // @mark area
    return (int)(name.size() * scale) + sides;
}
} // namespace ns

typedef struct {
    int a;
} unnamed_t;
class Shelf {
    int depth;

public:
    using Id = unsigned;
    Id id;

private:
    typedef long Secret;
    Secret secret;

public:
    Shelf() : depth(1), id(2), secret(3) {}
};
template <class T, class P> int count_where(const std::vector<T> &all, P matches) {
    int n = 0;
    for (const T &one : all)
        n += matches(one);
    return n;
}
static bool is_one(const int &n) { return n == 1; }
extern "C" int plain(int k) { return k + 1; }
static int helper(int k) { return k + 1; }

ns::Row<int> row_of_int;
ns::Row<std::string> row_of_string;
ns::Row<unsigned long> row_of_long;
ns::Row<ns::Point> row_of_point;
ns::Table<double, 3> table;
unnamed_t unnamed;
int (*function_pointer)(int) = helper;
int (*plain_pointer)(int) = plain;
int (*main_pointer)(int, char **);

int main(int argc, char **argv) {
    main_pointer = main;
    ns::Shape shape;
    shape.sides = argc;
    int cell = 3;
    row_of_int.begin = &cell;
    std::vector<int> numbers{1};
    Shelf shelf;
    int (*counter)(const std::vector<int> &, bool (*)(const int &)) = count_where<int, bool (*)(const int &)>;
    int r = counter(numbers, is_one) + (int)shelf.id + shape.area("hi", 3) + row_of_int.at(0) + row_of_int.convert(2, numbers) + (int)row_of_int[0];
    return r + plain(1) + helper(2) + (argv == nullptr) + (row_of_int + 1);
}
