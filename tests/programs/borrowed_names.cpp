// Names that other namespaces lend: aliases, using declarations and using directives, at every level.
namespace ns {
int g = 4;
namespace deep {
int h = 5;
struct Type {
    int t = 7;
};
enum Kind { kind_one = 11 };
int twice(int x) { return 2 * x; }
} // namespace deep
} // namespace ns
namespace lent {
int whole = 21, single = 22, blocked = 23;
int call() { return 24; }
} // namespace lent
namespace another {
int local = 98, own = 97;
}
namespace hidden {
int whole = 91, local = 92;
}
namespace al = ns::deep;
using ns::g;
using namespace lent;
namespace user {
namespace inner = ns::deep;
using ns::deep::h;
using hidden::local;
int f(int x) { // names of the namespace around
    return x + h + inner::twice(x) + local; // @mark user
}
} // namespace user
namespace blocks {
int own = 31, other = 32;
struct Made {
    int made = 33;
};
} // namespace blocks
int directive() {
    using namespace blocks;
    namespace short_name = blocks;
    return own + short_name::other; // @mark directive
}
int declaration(int x) {
    using blocks::other;
    if (x) {
        using blocks::own;
        using blocks::Made;
        Made made;
        namespace bl = blocks;
        return own + other + bl::own + made.made; // @mark declaration
    }
    return other;
}
int main() {
    int sum = g + al::h + whole + call() + al::Type().t + al::twice(3) + al::kind_one; // @mark main
    return sum + user::f(1) + directive() + declaration(1) - sum > 0;
}
