// Exceptions: caught in this frame, beneath it and in a caller's; destructors on the way.
volatile int sink;

struct Guard {
    explicit Guard(int n) : number(n) { sink = n; }
    ~Guard() { sink = -number; } // @mark leaves_guard
    int number;
};

__attribute__((noinline)) static void thrower(int n) { // @mark leaves_at_once
    Guard guard(n); // @mark leaves_finish
    if (n > 1)
        throw n; // @mark leaves_throw
    sink = n;
} // @mark leaves_thrower

__attribute__((noinline)) static int beneath(int n) {
    try {
        thrower(n); // @mark leaves_beneath
    } catch (int caught) {
        sink = caught;
    }
    return n;
}

__attribute__((noinline)) static void through(int n) {
    Guard guard(n + 10); // @mark leaves_finish_through
    thrower(n); // @mark through
    sink = 9;
}

int main() {
    sink = beneath(1); // @mark quiet
    sink = beneath(2); // @mark beneath
    try {
        thrower(3); // @mark leaves_here
        sink = 4;
    } catch (int n) { // @mark catch
        sink = n; // @mark caught
    }
    try {
        through(5); // @mark leaves_caller
    } catch (...) { // @mark all
        sink = 6;
    }
    return sink == 0; // @mark end
}
