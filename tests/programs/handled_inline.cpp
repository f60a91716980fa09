// handled_inline: an exception is caught in a function that the optimizer has put into main. Exit code: 3.
#include <memory>
#include <stdexcept>
#include <string>

volatile int seen;

__attribute__((noinline)) void thrower(int depth) {
    if (depth == 0)
        throw std::runtime_error("thrown");
    thrower(depth - 1);
    seen = depth;
}

static int catcher() {
    try {
        thrower(3); // @mark call
    } catch (const std::exception &e) { // @mark handler
        seen = e.what()[0]; // @mark body
        return 1;
    }
    return 0;
}

int main() {
    auto first = std::make_unique<std::string>(seen + 40, 'x');
    int result = catcher(); // @mark inlined
    seen += first->size(); // @mark behind
    return result + 2;
}
