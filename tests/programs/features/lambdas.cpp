// Lambdas: captures by value, by reference, of this, initialized ones, generic and mutable, nested, without any.
#define OPAQUE __attribute__((noinline, used))

OPAQUE static long use(const void *what, long n) { return (what ? *static_cast<const volatile char *>(what) : 0) + n; }

template <typename F>
OPAQUE static long apply(F function, int n) {
    return function(n) + use(&function, n);
}

struct Counter {
    int count = 10;
    const char *name = "counter";
    OPAQUE long run(int by) {
        int local = by * 2;
        auto through = [this, local](int n) {
            count += n;
            return use(name, local + count);  // @mark through: n; local; count; name; this->count
        };
        auto copied = [*this, by](int n) {
            return use(name, count + by + n);  // @mark copied: n; by; n + by
        };
        return apply(through, 3) + apply(copied, 4);
    }
};

int main() {
    int value = 5, changed = 6;
    const char *text = "text";
    auto plain = [](int n) { return use(&n, n); };  // @mark plain: n
    auto captured = [value, &changed, text](int n) {
        changed += n;
        return use(text, value + changed);  // @mark captured: n; value; changed; text; *text; value + changed
    };
    auto initialized = [sum = value * 2L, &alias = changed](int n) mutable {
        sum += n;
        alias++;
        return use(&sum, alias);  // @mark initialized: sum; alias; n
    };
    auto generic = [value](auto a, auto b) {
        auto both = a + b;
        return use(&both, value);  // @mark generic: a; b; both; value
    };
    auto nested = [&](int n) {
        auto inner = [&, n](int m) {
            changed += m;
            return use(&n, value + m);  // @mark inner: n; m; value; changed
        };
        return apply(inner, n + 1);
    };
    Counter counter;
    long sum = apply(plain, 1) + apply(captured, 2) + apply(initialized, 3) + generic(1, 2.5) + generic('a', 2L);
    sum += apply(nested, 7) + counter.run(8);
    return use(&sum, changed) == 0;  // @mark main: captured; initialized; generic; counter; changed; value; sizeof captured; plain
}
