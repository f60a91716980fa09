// Templates: of types, values and templates, packs of both, specializations, members, defaults, recursion.
#define OPAQUE __attribute__((noinline, used))

OPAQUE static long use(const void *what, long n) { return (what ? *static_cast<const volatile char *>(what) : 0) + n; }

template <typename T, int N = 3>
struct Array {
    T items[N];
    int used = 0;
    static T shared;
    OPAQUE T &at(int place) {
        used++;
        use(this, place);  // @mark at: *this; place; items[place]; used; N
        return items[place];
    }
};
template <typename T, int N>
T Array<T, N>::shared = T(7);

template <typename T>
struct Array<T *, 1> {
    T *only;
};

template <typename... Types>
struct Tuple {};
template <typename First, typename... Rest>
struct Tuple<First, Rest...> : Tuple<Rest...> {
    First first;
    Tuple(First f, Rest... rest) : Tuple<Rest...>(rest...), first(f) {}
};

template <int... Numbers>
OPAQUE long summed() {
    long sum = (Numbers + ... + 0);
    return use(&sum, sizeof...(Numbers));  // @mark summed: sum
}

OPAQUE inline long total() { return 0; }
template <typename First, typename... Rest>
OPAQUE long total(First first, Rest... rest) {
    long all = static_cast<long>(first) + total(rest...);
    return use(&all, all);  // @mark total: first; all
}

template <template <typename, int> class Container, typename T>
OPAQUE long held(Container<T, 2> container, T T::*member) {
    return use(&container, member != nullptr);
}
template <template <typename, int> class Container, typename T>
OPAQUE long kept(Container<T, 2> &container) {
    T copy = container.items[0];
    return use(&copy, container.used);  // @mark kept: container; copy; container.items[1]; container.used
}
template <typename T>
constexpr T pi = T(3.1415926535897932);
enum class Kind : char { A = 'a', B = 'b' };
template <Kind K, bool Is, char C>
struct Valued {
    int n = 1;
};
template <auto V, typename T = decltype(V)>
struct Auto {
    T value = V;
};

int main() {
    Array<int> ints{{1, 2, 3}};
    Array<double, 2> doubles{{0.5, 1.5}};
    Array<char *, 1> specialized{nullptr};
    Tuple<int, double, char> tuple{1, 2.5, 'c'};
    Tuple<> empty;
    Valued<Kind::B, true, 'x'> valued;
    Auto<5> automatic;
    Auto<&Array<int>::shared> pointer;
    double circle = pi<double>;
    long sum = ints.at(1) + static_cast<long>(doubles.at(0)) + summed<1, 2, 3>() + summed<>() + total(1, 2.5, 'a');
    sum += kept(doubles) + use(&specialized, 1) + use(&tuple, 2) + use(&empty, 3) + use(&valued, 4) + use(&automatic, 5) + use(&pointer, static_cast<long>(circle));
    return use(&sum, sum) == 0;  // @mark main: ints; doubles; specialized; tuple; tuple.first; valued; automatic; *pointer.value; ints.items[2]; doubles.used; Array<int, 3>::shared; sizeof tuple; circle
}
