// Classes with operators of their own, as members and as free functions.
#include <string>
#include <vector>
struct Count {
    int v;
    Count &operator++() {
        v++;
        return *this;
    }
    Count operator++(int) {
        Count old = *this;
        v++;
        return old;
    }
    Count &operator--() {
        v -= 10;
        return *this;
    }
    Count operator--(int) {
        Count old = *this;
        v -= 10;
        return old;
    }
    Count &operator+=(int by) {
        v += by;
        return *this;
    }
    Count &operator+=(const Count &other) {
        v += other.v * 100;
        return *this;
    }
    Count &operator<<=(int by) {
        v <<= by;
        return *this;
    }
    Count operator-() const { return Count{-v}; }
    bool operator!() const { return v == 4; }
    int operator~() const { return v + 1000; }
    Count operator+() const { return Count{v + 1}; }
    bool operator&&(const Count &other) const { return v == other.v; }
};
struct Free {
    int v;
};
Free &operator++(Free &f) {
    f.v++;
    return f;
}
Free operator++(Free &f, int) {
    Free old = f;
    f.v += 2;
    return old;
}
Free &operator-=(Free &f, const Free &other) {
    f.v -= other.v;
    return f;
}
Free operator-(const Free &f) { return Free{-f.v}; }
bool operator!(const Free &f) { return f.v == 0; }
int operator*(const Free &f) { return f.v * 2; }
struct Handle {
    int *pointer;
    int &operator*() const { return *pointer; }
    int *operator&() { return pointer; }
    explicit operator bool() const { return pointer != nullptr; }
};
struct Assigned {
    int v;
    Assigned &operator=(const Assigned &other) {
        v = other.v + 1;
        return *this;
    }
    Assigned &operator=(int other) {
        v = other * 10;
        return *this;
    }
};
struct Derived : Assigned {
    int d;
};
struct Plain {
    int a, b;
};
struct Equal {
    int v;
    bool operator==(const Equal &other) const { return v % 10 == other.v % 10; }
};
int main() {
    Count count{4};
    Free free{3}, other{1};
    int number = 8;
    Handle handle{&number}, none{nullptr};
    Assigned one{1}, two{2};
    Derived derived{}, second{};
    Plain plain{1, 2}, another{3, 4};
    Equal three{3}, thirteen{13};
    std::string text = "text", word = "word";
    std::vector<std::string> words = {"a"}, others = {"b", "c"};
    ++count, count++, --count, count--, count += 2, count += count, count <<= 1;
    int sum = (-count).v + !count + ~count + (+count).v + (count && count) + (-free).v + !free + *free + *handle;
    ++free, free++, free -= other, one = two, one = 3, derived = second, text = word, text += "x", plain = another;
    words[0] += "y";
    sum += *&handle + (handle ? 1 : 0) + (three == thirteen);
    count.v = 4, free.v = 3, one.v = 1, text = "text", plain = Plain{1, 2};
    return sum + number; // @mark stop
}
