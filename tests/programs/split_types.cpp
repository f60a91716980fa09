// Types that -fdebug-types-section puts in units of their own, in sections of one name (COMDAT).
struct Point {
    int x;
    struct Depth {
        int z;
    } depth;
};
enum Kind { FLAT, DEEP };

template <class T> struct Holder {
    T held;
};

int main(int argc, char **) {
    Point point{argc, {2}};
    Holder<Point> holder{point};
    Kind kind = DEEP;
    return holder.held.depth.z + kind; // @mark last
}
