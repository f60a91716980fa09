// Exceptions through functions that are inlined into each other.
#include <stdexcept>
#include <string>
static inline __attribute__((always_inline)) int check(int n) {
    if (n > 2) // @mark leaves_check
        throw std::runtime_error("too many"); // @mark leaves_throw
    return n + 1;
}
struct Guard {
    int &count;
    ~Guard() {
        count++;
    }
};
static inline __attribute__((always_inline)) int guarded(int n, int &count) {
    Guard guard{count}; // @mark leaves_finish
    int m = check(n); // @mark leaves_piece
    return check(m);
}
__attribute__((noinline)) int work(int n) {
    int count = 0;
    int result = 0;
    try {
        result = guarded(n, count); // @mark leaves_work
    } catch (const std::exception &error) {
        result = -1;
    }
    return result + count;
}
int main() {
    int sum = 0;
    for (int i = 0; i < 4; i++)
        sum += work(i);
    return sum == 0;
}
