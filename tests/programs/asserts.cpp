// asserts HOW: fails an assertion that is not the C library's assert(), or has a method called abort.
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <vector>

struct Transaction {
    int state = 3;
    __attribute__((noinline)) int abort() { return state += 4; }
};

int main(int argc, char **argv) {
    const char *how = argc > 1 ? argv[1] : "";
    std::vector<int> three(3);
    if (!strcmp(how, "vector"))
        return three[argc + 1];
    if (!strcmp(how, "errno"))
        assert_perror(EACCES);
    Transaction transaction;
    return transaction.abort();
}
