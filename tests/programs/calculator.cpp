// A calculator, shapes, trees, graphs and words: a program of many small functions, to be stopped anywhere.
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#define APART __attribute__((noinline))

namespace calculator {

enum class Kind { Number, Name, Operator, Open, Close };

struct Token {
    Kind kind;
    std::variant<double, std::string, char> value;
};

struct Error : std::runtime_error {
    int position;
    Error(const std::string &text, int at) : std::runtime_error(text), position(at) {}
};

class Lexer {
    const std::string &text_;
    std::size_t at_ = 0;

    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    template <typename Predicate>
    std::string_view taken(Predicate predicate) {
        auto start = at_;
        while (at_ < text_.size() && predicate(text_[at_])) at_++;
        return std::string_view(text_).substr(start, at_ - start);
    }

  public:
    explicit Lexer(const std::string &text) : text_(text) {}
    APART std::optional<Token> next() {
        taken([](unsigned char c) { return std::isspace(c) != 0; });
        char c = peek();
        if (!c) return std::nullopt;
        if (std::isdigit(static_cast<unsigned char>(c))) {
            auto digits = taken([](unsigned char d) { return std::isdigit(d) || d == '.'; });
            return Token{Kind::Number, std::stod(std::string(digits))};
        }
        if (std::isalpha(static_cast<unsigned char>(c))) {
            auto letters = taken([](unsigned char d) { return std::isalnum(d) != 0; });
            return Token{Kind::Name, std::string(letters)};
        }
        at_++;
        Kind kind = c == '(' ? Kind::Open : c == ')' ? Kind::Close : Kind::Operator;
        return Token{kind, c};
    }
};

using Environment = std::map<std::string, double>;

struct Expression {
    virtual ~Expression() = default;
    virtual double evaluate(const Environment &environment) const = 0;
    virtual int depth() const { return 1; }
};
using Tree = std::unique_ptr<Expression>;

struct Number : Expression {
    double value;
    explicit Number(double n) : value(n) {}
    APART double evaluate(const Environment &) const override { return value; }
};

struct Name : Expression {
    std::string name;
    explicit Name(std::string text) : name(std::move(text)) {}
    APART double evaluate(const Environment &environment) const override {
        auto found = environment.find(name);
        if (found == environment.end()) throw Error("unbound " + name, -1);
        return found->second;
    }
};

struct Binary : Expression {
    char sign;
    Tree left, right;
    Binary(char c, Tree l, Tree r) : sign(c), left(std::move(l)), right(std::move(r)) {}
    APART double evaluate(const Environment &environment) const override {
        double a = left->evaluate(environment), b = right->evaluate(environment);
        switch (sign) {
            case '+': return a + b;
            case '-': return a - b;
            case '*': return a * b;
            default: return a / b;
        }
    }
    APART int depth() const override { return 1 + std::max(left->depth(), right->depth()); }
};

class Parser {
    std::vector<Token> tokens_;
    std::size_t at_ = 0;

  public:
    explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

    static APART int precedence(char sign) { return sign == '+' || sign == '-' ? 1 : sign == '*' || sign == '/' ? 2 : 0; }

    APART Tree expression(int least) {
        Tree left = atom();
        while (at_ < tokens_.size() && tokens_[at_].kind == Kind::Operator) {
            char sign = std::get<char>(tokens_[at_].value);
            int bound = precedence(sign);
            if (bound < least) break;
            at_++;
            Tree right = expression(bound + 1);
            left = std::make_unique<Binary>(sign, std::move(left), std::move(right));
        }
        return left;
    }

    APART Tree atom() {
        if (at_ >= tokens_.size()) throw Error("unexpected end", static_cast<int>(at_));
        const Token &token = tokens_[at_++];
        switch (token.kind) {
            case Kind::Number: return std::make_unique<Number>(std::get<double>(token.value));
            case Kind::Name: return std::make_unique<Name>(std::get<std::string>(token.value));
            case Kind::Open: {
                Tree inner = expression(0);
                at_++;
                return inner;
            }
            default: throw Error("unexpected token", static_cast<int>(at_));
        }
    }
};

APART double run(const std::string &text, const Environment &environment) {
    Lexer lexer(text);
    std::vector<Token> tokens;
    while (auto token = lexer.next()) tokens.push_back(*std::move(token));
    Parser parser(std::move(tokens));
    Tree tree = parser.expression(0);
    return tree->evaluate(environment) + tree->depth() * 0.0;
}

}  // namespace calculator

namespace {

struct Node {
    int value;
    std::vector<std::shared_ptr<Node>> children;
};

APART int total(const std::shared_ptr<Node> &node) {
    int sum = node->value;
    for (const auto &child : node->children) sum += total(child);
    return sum;
}

using Graph = std::vector<std::vector<std::pair<int, unsigned>>>;

APART std::vector<std::optional<unsigned>> distances(const Graph &graph, int start) {
    std::vector<std::optional<unsigned>> found(graph.size());
    using Step = std::pair<unsigned, int>;
    std::priority_queue<Step, std::vector<Step>, std::greater<Step>> waiting;
    waiting.push({0, start});
    while (!waiting.empty()) {
        auto [cost, here] = waiting.top();
        waiting.pop();
        if (found[here]) continue;
        found[here] = cost;
        for (const auto &[there, more] : graph[here])
            if (!found[there]) waiting.push({cost + more, there});
    }
    return found;
}

APART std::map<std::string, int> words(const std::string &text) {
    std::map<std::string, int> counts;
    std::string word;
    for (char c : text + " ") {
        if (c != ' ') {
            word += c;
        } else if (!word.empty()) {
            ++counts[word];
            word.clear();
        }
    }
    return counts;
}

template <typename T, typename F>
APART T folded(const std::vector<T> &items, T first, F function) {
    for (const T &item : items) first = function(first, item);
    return first;
}

APART long long combined(std::vector<int> numbers) {
    std::sort(numbers.begin(), numbers.end(), [](int a, int b) { return a % 7 < b % 7; });
    std::function<int(int, int)> function = [&numbers](int sum, int n) { return sum * 3 + n - numbers[0]; };
    return folded(numbers, 0, function);
}

}  // namespace

static void once() {
    calculator::Environment environment{{"x", 3.0}, {"yy", -1.5}};
    for (const char *text : {"1+2*3", "(x+yy)*2 - 4/(1+1)", "zz+1", "x*(2", "1+*"}) {
        try {
            std::printf("%s = %g\n", text, calculator::run(text, environment));
        } catch (const calculator::Error &error) {
            std::printf("%s: %s at %d\n", text, error.what(), error.position);
        }
    }
    auto leaf = std::make_shared<Node>(Node{3, {}});
    auto root = std::make_shared<Node>(Node{1, {leaf, std::make_shared<Node>(Node{5, {leaf}})}});
    leaf->value = 10;
    std::printf("%d\n", total(root));
    for (auto one : distances({{{1, 4}, {2, 1}}, {{3, 1}}, {{1, 2}, {3, 5}}, {}, {}}, 0))
        std::printf("%d ", one ? static_cast<int>(*one) : -1);
    for (const auto &[word, count] : words("a b a c b a")) std::printf("%s%d ", word.c_str(), count);
    std::printf("%lld\n", combined({12, 4, 9, 15, 21, 8, 33}));
}

int main() {
    for (int round = 0; round < 8; round++) once();
}
