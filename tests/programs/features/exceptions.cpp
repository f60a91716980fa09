// Exceptions: what catch clauses bind, by value, reference and pointer; rethrown, nested, of a hierarchy.
#include <stdexcept>
#include <string>

#define OPAQUE __attribute__((noinline, used))

struct Failure {
    int code;
    const char *what;
    Failure(int c, const char *w) : code(c), what(w) {}
    virtual ~Failure() {}
};
struct Specific : Failure {
    long detail;
    Specific(int c, long d) : Failure(c, "specific"), detail(d) {}
};
struct Guard {
    int *count;
    explicit Guard(int *c) : count(c) {}
    ~Guard() { ++*count; }
};

OPAQUE static long use(const void *what, long n) { return (what ? *static_cast<const volatile char *>(what) : 0) + n; }

OPAQUE static void thrower(int kind) {
    switch (kind) {
        case 0: throw 42;
        case 1: throw Failure(7, "failure");
        case 2: throw Specific(8, 9);
        case 3: throw "text";
        case 4: throw std::runtime_error("standard");
    }
}

OPAQUE static long caught(int kind) {
    int guarded = 0;
    try {
        Guard guard(&guarded);
        thrower(kind);
    } catch (int number) {
        return use(&number, guarded);  // @mark number: number; guarded; kind
    } catch (const Specific &specific) {
        return use(&specific, guarded);  // @mark specific: specific; specific.detail; specific.code; guarded
    } catch (Failure failure) {
        return use(&failure, guarded);  // @mark failure: failure; failure.what; guarded
    } catch (const char *text) {
        return use(text, guarded);  // @mark text: text; *text; guarded
    } catch (const std::exception &standard) {
        return use(standard.what(), guarded);  // @mark standard: guarded; kind
    }
    return guarded;
}

OPAQUE static long rethrown() {
    long sum = 0;
    try {
        try {
            thrower(1);
        } catch (Failure &inner) {
            inner.code += 100;
            sum += use(&inner, 1);  // @mark inner: inner; sum
            throw;
        }
    } catch (Failure &outer) {
        sum += use(&outer, outer.code);  // @mark outer: outer; outer.code; sum
    }
    return sum;
}

int main() {
    long sum = rethrown();
    for (int kind = 0; kind < 6; kind++) sum += caught(kind);
    return use(&sum, sum) == 0;  // @mark main: sum
}
