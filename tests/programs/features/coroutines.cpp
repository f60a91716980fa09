// Coroutines: arguments and locals in the frame, across suspensions; what the promise and the handle hold.
#include <coroutine>
#include <exception>

#define OPAQUE __attribute__((noinline, used))

OPAQUE static long use(const void *what, long n) { return (what ? *static_cast<const volatile char *>(what) : 0) + n; }

struct Generator {
    struct promise_type {
        int current = -1;
        Generator get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        std::suspend_always yield_value(int value) {
            current = value;
            use(this, value);  // @mark yielded: value; current; *this
            return {};
        }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
    std::coroutine_handle<promise_type> handle;
};

static Generator counted(int from, int to, const char *name) {
    long total = 0;
    for (int i = from; i < to; i++) {
        total += use(name, i);
        int doubled = i * 2;
        co_yield doubled + (total != 0);
        use(&total, doubled);  // @mark resumed: from; to; name; total; i; doubled
    }
    use(name, total);  // @mark end: from; to; total; name
}

int main() {
    Generator generator = counted(3, 6, "generator");
    long sum = 0;
    while (!generator.handle.done()) {
        generator.handle.resume();
        sum += generator.handle.promise().current;
        use(&sum, sum);  // @mark main: sum
    }
    generator.handle.destroy();
    return sum == 0;
}
