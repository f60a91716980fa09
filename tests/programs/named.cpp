// Functions in namespaces and classes, overloaded and templated.
namespace space {
struct Thing {
    int value = 0;
    __attribute__((noinline)) int method(int n) { return value += n; }
    static int fixed(int n);
};
__attribute__((noinline)) int Thing::fixed(int n) { return n + 1; }
__attribute__((noinline)) int over(int n) { return n; }
__attribute__((noinline)) int over(long n) { return static_cast<int>(n) + 1; }
}  // namespace space

int main() {
    space::Thing thing;
    int sum = thing.method(1) + thing.method(2) + space::Thing::fixed(3);
    sum += space::over(1) + space::over(1L);
    return sum;
}
