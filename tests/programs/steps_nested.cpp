// Inlined member functions in inlined member functions, constructors and destructors with bodies.
volatile int sink;

class Counter {
  public:
    explicit Counter(int start) : count_(start) { note(); }
    ~Counter() { sink = count_; }
    int next() {
        note();
        return ++count_;
    }
    int skip(int n) {
        while (n--)
            next();
        return next();
    }

  private:
    void note() { sink = count_ + 100; }
    int count_;
};

template <int N> static inline int repeat(Counter &counter) {
    int sum = counter.next();
    if constexpr (N > 1)
        sum += repeat<N - 1>(counter);
    return sum;
}

int main(int argc, char **argv) {
    Counter counter(argc);
    sink = counter.next();
    sink = counter.skip(2);
    int sum = repeat<3>(counter);
    sink = sum;
    return sum == 1;
}
