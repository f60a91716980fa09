// Link-time optimization: the names of these are in this file's unit, the places in one that has no source.
namespace app {
thread_local int local = 4;
static int hidden = 6;
struct Counter {
    static int all;
    static int next() {
        static int calls = 2;
        return ++calls; // @mark inlined
    }
};
int Counter::all = 12;
} // namespace app

static int same = 7;
int shared = 5;
int other(int);

int main(int argc, char **argv) {
    (void)argv;
    same += argc;
    app::local += argc;
    app::hidden += argc;
    int result = other(argc);
    app::Counter::all += app::Counter::next();
    return result + same + app::local + app::hidden + app::Counter::all;
}
