// The other file of lto_first.cpp, with a static variable of the same name.
static int same = 70;
extern int shared;

int __attribute__((noinline)) other(int argument) {
    static int inner = 44;
    same += argument; // @mark other
    inner += argument;
    shared += argument;
    return same + inner + shared;
}
