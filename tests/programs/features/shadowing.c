/* The same name in nested blocks, of a parameter, a static, a loop's variable and a global; statics per block. */
int value = 1;
static int hidden = 2;
static const char *const names[] = {"zero", "one"};

__attribute__((noipa)) static long use(const void *what, long n) { return *(const char *)what + n; }

__attribute__((noipa)) static long blocks(int value) {
    static int calls = 10;
    long sum = use(&value, ++calls); /* @mark outer: value; calls; hidden; ::value */
    {
        int value = 20, hidden = 30;
        sum += use(&value, hidden); /* @mark inner: value; hidden; calls */
        {
            static int calls = 40;
            double value = 2.5;
            calls += 2;
            sum += use(&value, calls); /* @mark innermost: value; hidden; calls; sum */
        }
        sum += use(&value, hidden); /* @mark after: value; calls */
    }
    for (int value = 0; value < 2; value++) {
        const char *hidden = names[value];
        sum += use(hidden, value); /* @mark loop: value; *hidden; hidden */
    }
    return sum + use(&value, calls); /* @mark end: value; hidden; calls; names */
}

__attribute__((noipa)) static long other(void) {
    static int calls = 100;
    extern int value;
    calls *= 2;
    return use(&value, calls); /* @mark other: value; calls; blocks::calls */
}

int main(void) {
    long value = blocks(5) + other() + blocks(6);
    return value + hidden == 0; /* @mark main: value; hidden; blocks::calls; other::calls; names[1]; &names; sizeof names */
}
