// A generator: C++20's coroutines.
#include <coroutine>
struct Generator {
    struct promise_type {
        int current = 0;
        Generator get_return_object() {
            return Generator{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_always initial_suspend() { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        std::suspend_always yield_value(int value) {
            current = value;
            return {};
        }
        void return_void() {}
        void unhandled_exception() {}
    };
    std::coroutine_handle<promise_type> handle;
    ~Generator() { handle.destroy(); }
    bool next() {
        handle.resume();
        return !handle.done();
    }
};
Generator count(int limit) {
    for (int i = 0; i < limit; i++) {
        int square = i * i;
        co_yield square;
    }
}
int main() {
    int sum = 0;
    Generator numbers = count(3);
    while (numbers.next())
        sum += numbers.handle.promise().current;
    return sum == 0;
}
