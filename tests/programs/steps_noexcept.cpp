// An exception that must not leave a function.
#include <cstdlib>
#include <exception>
static volatile int fine;
static void last_words() {
    std::_Exit(3);
}
static void thrower(int n) {
    if (n) // @mark leaves_finish
        throw n; // @mark leaves
}
static void promise(int n) noexcept {
    thrower(n); // @mark leaves_promise
    fine++; // @mark fine
}
int main() {
    std::set_terminate(last_words);
    promise(0);
    promise(1);
    return 0;
}
