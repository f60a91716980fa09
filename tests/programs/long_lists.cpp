// A list that does not know its length, and so has to be walked through to be counted.
#include <forward_list>

int main() {
    std::forward_list<int> chain(5000, 7), brief(3, 8);
    return chain.front() + brief.front(); // @mark stop
}
