// Virtual bases: a diamond, a base with data on both ways, pointers to each part, in constructors.
#define OPAQUE __attribute__((noinline, used))

OPAQUE static long use(const void *what, long n) { return (what ? *static_cast<const volatile char *>(what) : 0) + n; }

struct Top {
    int top;
    explicit Top(int n) : top(n) {}
    virtual ~Top() {}
    virtual int value() const { return top; }
};
struct Left : virtual Top {
    int left;
    explicit Left(int n) : Top(n), left(n + 1) { use(this, left); }  // @mark in_left: left; top; this->left
    int value() const override { return left; }
};
struct Right : virtual Top {
    char right = 'r';
    Right() : Top(70) {}
};
struct Bottom : Left, Right {
    long bottom = 90;
    Bottom() : Top(100), Left(80) {}
    int value() const override { return static_cast<int>(bottom) + top; }
    OPAQUE long sum() const {
        long total = left + right + top + bottom;
        return use(this, total);  // @mark in_bottom: *this; top; left; right; bottom; total; this->Left::left; this->top
    }
};
struct Plain : Bottom {
    Plain() : Top(60) {}
    int plain = 5;
};

OPAQUE static long shown(const Top *top, const Left &left, Right *right) {
    long sum = top->value() + left.left + right->right;
    return use(&sum, sum);  // @mark shown: *top; left; *right; top->top; left.top; right->top; *(const Bottom *)&left
}

int main() {
    Bottom bottom;
    Plain plain;
    Left *left = &bottom;
    Right &right = plain;
    Top *top = &plain;
    long sum = shown(&bottom, bottom, &bottom) + shown(top, plain, &right) + bottom.sum() + plain.sum();
    return use(left, sum) == 0;  // @mark main: bottom; plain; *left; right; *top; bottom.top; left->top; plain.right; (long)(top == &plain); sizeof bottom; sizeof plain; right.top
}
