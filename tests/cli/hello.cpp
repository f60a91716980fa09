// The minidbg series' subject: one line to standard error.
#include <iostream>

int main() {
    std::cerr << "Hello, world.\n";
}
