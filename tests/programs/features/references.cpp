// References: to locals, members, arrays, pointers, functions, temporaries; as arguments, members and results.
#include <utility>

#define OPAQUE __attribute__((noinline, used))

struct Point {
    int x, y;
    int &first() { return x; }
};
struct Holder {
    int &number;
    const Point &point;
    int *&pointer;
};

OPAQUE static long use(const void *what, long n) { return (what ? *static_cast<const volatile char *>(what) : 0) + n; }
OPAQUE static int twice(int n) { return n * 2; }
OPAQUE static Point &larger(Point &a, Point &b) { return a.x > b.x ? a : b; }

OPAQUE static long passed(int &number, const Point &point, Point &&temporary, int (&array)[3], int *&pointer) {
    number++;
    long sum = use(&point, number) + temporary.x + array[1] + *pointer;
    return use(&sum, sum);  // @mark passed: number; point; point.y; temporary; array; array[2]; *pointer; &number; sizeof array; number + 1; &point
}

OPAQUE static long caught(const int &constant, int &&moved) {
    long sum = constant + moved;
    return use(&sum, 1);  // @mark caught: constant; moved; constant * 2; &constant == &constant
}

int main() {
    int number = 5, array[3] = {7, 8, 9}, *pointer = &array[1];
    Point point{1, 2}, other{3, 4};
    int &alias = number;
    Point &structure = point, &chosen = larger(point, other);
    const int &bound = 42;
    int(&whole)[3] = array;
    int *&indirect = pointer;
    int (&function)(int) = twice;
    auto &&forwarded = other.first();
    Point &&rvalue = Point{10, 20};
    Holder holder{number, point, pointer};
    long sum = passed(number, point, std::move(other), array, pointer) + caught(12, 13);
    indirect = &array[2];
    holder.number += 3;
    sum += use(&structure, function(alias)) + use(&bound, whole[0]) + use(&rvalue, forwarded) + use(&holder, chosen.y);
    return use(&sum, sum) == 0;  // @mark main: alias; structure; structure.y; chosen; bound; whole; whole[1]; *indirect; forwarded; rvalue.y; holder; holder.number; holder.point.x; &alias == &number; *holder.pointer; alias + bound; &structure
}
