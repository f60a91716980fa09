// What is left of a program that has ended: the values that its variables began with.
struct point { int x, y; };
namespace space {
struct counted { static int count; int own = 3; };
int counted::count = 6;
counted one;
}
template <class T> struct box { T content; };
box<int> boxed{4};
static int counter = 7;
int table[3] = {1, 2, 3};
point place = {1, 2};
int zeros[2000];
const int constant = 12;
enum class color { red, green } shade = color::green;
const char *text = "never relocated";
int calls() {
    static int times = 5;
    return ++times;
}
int main() {
    counter++;
    table[1] = 9;
    place.x = 8;
    zeros[1000] = 4;
    space::counted::count++;
    return calls() - 6;
}
