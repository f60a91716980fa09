// Objects where a function, an operator or an assignment takes one of their base classes.
struct First {
    int first = 10;
};
struct Second {
    int second = 20;
    int other(const Second &that) const { return that.second; }
    Second &operator+=(const Second &that) {
        second += that.second;
        return *this;
    }
    int operator()() const { return second; }
};
struct Both : First, Second {
    int own = 30;
};
struct Shared {
    int shared = 1;
    virtual ~Shared() {}
    virtual int known() { return shared; }
};
struct Left : virtual Shared {
    int left = 2;
};
struct Counted {
    int count = 5;
    Counted() {}
    Counted(const Counted &that) : count(that.count + 100) {}
    ~Counted() { count = -1; }
};
struct Named : First, Counted {
    int name = 6;
};

int referred(Second &that) { return that.second; }
int constant(const Second &that) { return that.second; }
int moved(Second &&that) { return that.second; }
int pointed(Second *that) { return that->second; }
int copied(Second that) { return that.second; }
Second &same(Second &that) {
    that.second = 77;
    return that;
}
Second operator+(const Second &one, const Second &other) {
    Second sum;
    sum.second = one.second + other.second;
    return sum;
}
int of_virtual(Shared &that) { return that.shared; }
int of_constant(const Shared &that) { return that.shared; }
int asked(Shared &that) { return that.known(); }
int taken(Counted that) { return that.count++; }
double half(const double &number) { return number / 2; }
int counted(int &number) { return ++number; }
int through(Second *const &that) { return that->second; }

int main() {
    Both both;
    Second plain;
    Left left, *left_pointer = &left, &left_reference = left;
    Named named;
    int number = 9;
    short small = 3;
    int Second::*member = &Second::second;
    Both *both_pointer = &both;
    int sum = referred(both) + constant(both) + moved(Both()) + pointed(&both) + copied(both);
    sum += same(plain).second + (both + plain).second + both.other(both) + of_virtual(left) + of_constant(left);
    sum += asked(*left_pointer) + taken(named) + counted(number) + through(both_pointer) + both();
    plain += both;
    plain.second = 20;
    number = 9;
    return sum + (int)half(number) + both.*member + left_reference.left + small; // @mark stop
}
