#include <iostream>

int main() {
    std::cerr << "Hello, world.\n";
    return 0;
}
