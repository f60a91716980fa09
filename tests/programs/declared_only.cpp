// Classes that clang only declares, because the library makes their objects.
#include <cstdio>
#include <locale>
#include <string>

std::locale locales[2];
std::string three[3];
std::wstring wide;

std::locale c_locale() { return std::locale::classic(); }
int take_locale(std::locale given) { return given == std::locale(); }
int see_locale(const std::locale &given) { return given == std::locale(); }

std::string text() { return "longer than a string that has its text in itself"; }
std::string doubled(const std::string &given) { return given + given; }
long take(std::string given) { return static_cast<long>(given.size()); }
long take_over(std::string &&given) {
    given += " taken";
    return static_cast<long>(given.size());
}

int main() {
    std::string s = "str";
    three[0] = "one", three[1] = "two", three[2] = "three";
    wide = L"wide";
    std::locale l = c_locale();
    long all = take_locale(l) + see_locale(l) + take(s) + take_over(text());
    std::puts(doubled(s).c_str()); // @mark stop
    return all == 0;
}
