// A range loop over an own container, and iterators that are inlined at -O2.
volatile int sink;

class Numbers {
  public:
    class Iterator {
      public:
        explicit Iterator(const int *at) : at_(at) {}
        int operator*() const { return *at_; }
        Iterator &operator++() {
            ++at_;
            return *this;
        }
        bool operator!=(const Iterator &other) const { return at_ != other.at_; }

      private:
        const int *at_;
    };
    Iterator begin() const { return Iterator(numbers_); }
    Iterator end() const { return Iterator(numbers_ + 3); }

  private:
    int numbers_[3] = {1, 2, 3};
};

__attribute__((noinline)) static int sum(const Numbers &numbers) {
    int total = 0;
    for (int number : numbers)
        total += number;
    return total;
}

int main() {
    Numbers numbers;
    sink = sum(numbers);
    for (int number : numbers) {
        sink = number;
    }
    return sink == 9;
}
