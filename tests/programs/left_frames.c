/* Locals in memory of functions that do not return to the frame above: an inlined one, and one that was
   reached by a tail call where the compiler optimizes. */
static volatile int sink;

static inline __attribute__((always_inline)) void inlined(int n) {
    volatile int mine = n;
    sink = mine; // @mark inlined
    mine = 2;
}

__attribute__((noinline)) static void around(void) {
    inlined(1);
    sink = 7;
}

__attribute__((noinline)) static void reached(int n) {
    volatile int mine = n;
    sink = mine; // @mark reached
    mine = 2;
}

__attribute__((noinline)) static void jumps(int n) {
    sink = n;
    reached(n + 1);
}

/* Uses the same piece of the stack. */
__attribute__((noinline)) static void other(int n) {
    volatile int theirs[8] = {n, n, n, n, n, n, n, n};
    sink = theirs[n & 7];
}

int main(void) {
    around();
    other(3);
    jumps(0);
    other(4);
    return sink;
}
