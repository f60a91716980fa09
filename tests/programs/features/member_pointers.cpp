// Pointers to members: data, functions, virtual ones, of bases and derived classes, null, in arrays.
#define OPAQUE __attribute__((noinline, used))

struct Base {
    int first = 1, second = 2;
    virtual ~Base() {}
    virtual int virtual_one(int n) { return n + first; }
    virtual int virtual_two(int n) const { return n + second; }
    int plain(int n) { return n * second; }
};
struct Other {
    long number = 30;
    virtual int other() { return 3; }
};
struct Derived : Other, Base {
    int third = 3;
    int virtual_one(int n) override { return n - third; }
    int own(int n) { return n + third; }
};
typedef int Base::*data;
typedef int (Base::*method)(int);

OPAQUE static long use(const void *what, long n) { return (what ? *static_cast<const volatile char *>(what) : 0) + n; }

OPAQUE static long applied(Base *object, method function, data member, int (Derived::*derived)(int)) {
    long sum = (object->*function)(5) + object->*member;
    return use(&derived, sum);  // @mark applied: object->*member; function; member; derived; *object; object->first; sizeof function; sizeof member
}

int main() {
    Base base;
    Derived object;
    Base *pointer = &object;
    data first = &Base::first, second = &Base::second, none = nullptr;
    int Derived::*third = &Derived::third, Derived::*inherited = &Derived::second;
    long Other::*number = &Other::number;
    method plain = &Base::plain, virtual_one = &Base::virtual_one, nothing = nullptr;
    int (Base::*constant)(int) const = &Base::virtual_two;
    int (Derived::*own)(int) = &Derived::own, (Derived::*through)(int) = &Derived::plain;
    data array[2] = {first, second};
    long sum = applied(&base, plain, first, own) + applied(pointer, virtual_one, second, through);
    sum += use(&third, 1) + use(&inherited, 2) + use(&number, 3) + use(&constant, 4) + use(array, 5) + use(&none, 6) + use(&nothing, 7);
    sum += (object.*own)(1) + object.*inherited + object.*number + (pointer->*constant)(2);
    return use(&sum, sum) == 0;  // @mark main: base.*first; pointer->*second; object.*third; object.*number; object.*inherited; array; base; object; *pointer; first == second; none; nothing; object.third
}
