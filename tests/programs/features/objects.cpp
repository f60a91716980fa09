// Objects: constructors and destructors, operators, this, static and constant members, unions, arrays, by value.
#define OPAQUE __attribute__((noinline, used))

OPAQUE static long use(const void *what, long n) { return (what ? *static_cast<const volatile char *>(what) : 0) + n; }

class Buffer {
    char *data_;
    int size_;
    static int alive;

  public:
    explicit Buffer(int size) : data_(new char[size]), size_(size) {
        for (int i = 0; i < size; i++) data_[i] = static_cast<char>('a' + i);
        alive++;
        use(this, size);  // @mark constructor: size; *this; size_; alive; data_[0]; *data_@3; this->size_
    }
    Buffer(const Buffer &other) : Buffer(other.size_) { data_[0] = '*'; }
    ~Buffer() {
        alive--;
        use(data_, alive);  // @mark destructor: size_; alive; data_[0]
        delete[] data_;
    }
    OPAQUE Buffer &operator+=(char c) {
        data_[size_ - 1] = c;
        use(this, c);  // @mark assigned: c; data_[size_ - 1]; size_
        return *this;
    }
    OPAQUE char operator[](int index) const { return data_[index]; }
    explicit operator bool() const { return size_ > 0; }
};
int Buffer::alive = 0;

struct Mixed {
    union {
        int number;
        float real;
    };
    union Named {
        long whole;
        char bytes[8];
    } named;
    mutable int changes = 0;
    const int fixed = 13;
    volatile bool flag = true;
    OPAQUE int read() const {
        changes++;
        return static_cast<int>(use(this, fixed));  // @mark read: *this; number; changes; fixed; flag; named.bytes[1]
    }
};

OPAQUE static long by_value(Buffer buffer, Mixed mixed, const Mixed *array) {
    buffer += '!';
    long sum = buffer[0] + mixed.read() + array[1].fixed;
    return use(&sum, sum);  // @mark by_value: mixed; array[1]; mixed.named; sum; array->number
}

int main() {
    Buffer buffer(5);
    Mixed mixed{{3}, {.whole = 0x4241}}, many[2] = {{{1}, {2}}, {{4}, {5}}};
    long sum = by_value(buffer, mixed, many);
    {
        Buffer inner(3);
        sum += use(&inner, inner ? 1 : 0);
    }
    return use(&mixed, sum) == 0;  // @mark main: buffer; mixed; many; many[1].named.whole; Buffer::alive; mixed.real; sizeof mixed; &mixed.changes; &mixed.named
}
