// thrown WHAT...: throws one thing after another, and catches each in main.
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>

namespace app {
struct Plain { int code; };
struct Literal : std::exception {
    const char *what() const noexcept override { return "a literal of the program"; }
};
struct Stored : std::exception {
    const char *text = "a text that the object holds";
    const char *what() const noexcept override { return text; }
};
struct Worked : std::exception {
    std::string text = "worked out";
    const char *what() const noexcept override { return std::strlen(text.c_str()) > 100 ? "long" : text.c_str(); }
};
struct Parse : std::runtime_error {
    explicit Parse(int line) : std::runtime_error("line " + std::to_string(line)), line(line) {}
    int line;
};
struct Other { virtual ~Other() = default; int other = 5; };
struct Second : Other, std::logic_error { Second() : std::logic_error("the second base") {} };
struct Middle : virtual std::exception {};
struct Virtual : Middle, virtual std::runtime_error { Virtual() : std::runtime_error("a virtual base") {} };
template <class T> struct Of { T value; };
}

namespace { struct Local {}; }

int thrown_so_far;

__attribute__((noinline)) static void give(const char *what) {
    if (!std::strcmp(what, "runtime")) throw std::runtime_error("out of cheese");  // @mark runtime
    if (!std::strcmp(what, "logic")) throw std::invalid_argument("");
    if (!std::strcmp(what, "long")) throw std::runtime_error(std::string(6000, 'x'));
    if (!std::strcmp(what, "bytes")) throw std::runtime_error("\xff\x1b[31m\n");
    if (!std::strcmp(what, "system")) throw std::system_error(std::make_error_code(std::errc::not_connected), "link");
    if (!std::strcmp(what, "alloc")) throw std::bad_alloc();
    if (!std::strcmp(what, "parse")) throw app::Parse(12);
    if (!std::strcmp(what, "second")) throw app::Second();
    if (!std::strcmp(what, "virtual")) throw app::Virtual();
    if (!std::strcmp(what, "literal")) throw app::Literal();
    if (!std::strcmp(what, "stored")) throw app::Stored();
    if (!std::strcmp(what, "worked")) throw app::Worked();
    if (!std::strcmp(what, "plain")) throw app::Plain{3};
    if (!std::strcmp(what, "template")) throw app::Of<const int *>{nullptr};
    if (!std::strcmp(what, "local")) throw Local();
    if (!std::strcmp(what, "int")) throw -42;
    if (!std::strcmp(what, "text")) throw "some text";
    if (!std::strcmp(what, "string")) throw std::string("a string");
    if (!std::strcmp(what, "null")) throw static_cast<const char *>(nullptr);
    if (!std::strcmp(what, "pointer")) throw static_cast<app::Plain *>(nullptr);
    throw 1.5;
}

__attribute__((noinline)) void again(const char *what) {
    try {
        give(what);
    } catch (...) {
        throw;  // @mark again
    }
}

__attribute__((noinline)) void kept(const char *what) {
    std::exception_ptr pointer;
    try {
        give(what);
    } catch (...) {
        pointer = std::current_exception();
    }
    std::rethrow_exception(pointer);
}

int main(int argc, char **argv) {
    int count = 0;
    for (int i = 1; i < argc; i++) {
        const char *what = argv[i];
        if (*what == '!') give(what + 1);
        if (*what == '%') std::terminate();
        try {
            if (*what == '^') again(what + 1);
            else if (*what == '&') kept(what + 1);
            else give(what);
        } catch (...) {
            thrown_so_far = ++count;  // @mark caught
        }
    }
    std::printf("%d caught\n", count);
    return count;
}
