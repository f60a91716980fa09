// forged HOW: throws what no compiler would: type_info and objects that are nonsense.
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" [[noreturn]] void __cxa_throw(void *object, void *type, void (*destroy)(void *));
extern "C" void *__cxa_allocate_exception(std::size_t size);
extern "C" void *__cxa_begin_catch(void *header);

struct Info { const void *table; const char *name; const void *base; };

int main(int argc, char **argv) {
    static Info info = {nullptr, nullptr, nullptr};
    static char endless[8192];
    const char *how = argc > 1 ? argv[1] : "";
    std::memset(endless, 'x', sizeof endless);
    void *object = __cxa_allocate_exception(64);
    if (!std::strcmp(how, "type")) __cxa_throw(object, reinterpret_cast<void *>(8), nullptr);
    if (!std::strcmp(how, "null")) __cxa_throw(nullptr, nullptr, nullptr);
    if (!std::strcmp(how, "name")) info.name = reinterpret_cast<const char *>(~0ul);
    if (!std::strcmp(how, "endless")) info.name = endless;
    if (!std::strcmp(how, "escape")) info.name = "\x1b[31mred";
    if (!std::strcmp(how, "mangled")) info.name = "N3app5PlainE";
    if (!std::strcmp(how, "object")) { info.name = "St13runtime_error"; object = reinterpret_cast<void *>(16); }
    if (!std::strcmp(how, "header")) __cxa_begin_catch(reinterpret_cast<void *>(0x1008));
    __cxa_throw(object, &info, nullptr);
}
