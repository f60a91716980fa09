/* Arguments that the code overwrites or forgets, in functions whose callers say what they passed. */

struct pair {
    int first, second;
};

volatile int sink;

__attribute__((noipa)) int leaf(int kept, int changed, long forgotten, struct pair both, double real) {
    sink = kept;
    changed += 5;
    sink = (int)forgotten;
    sink = changed; // @mark leaf
    sink = kept + both.first + (int)real;
    return kept;
}

__attribute__((noipa)) int middle(int number, struct pair *where) {
    struct pair both = *where;
    int result = leaf(number, 7, 11, both, 1.5);
    result += leaf(3, number + 2, number, both, 2.5);
    sink = number;
    return result + where->second;
}

__attribute__((noipa)) int outer(int depth) {
    struct pair both = {depth, 2};
    if (depth == 0)
        return middle(4, &both) + 1;
    return outer(depth - 1) + both.first;
}

/* Each gives its frame to the other: nobody can say what this one got. */
int again(int times, int rest);

__attribute__((noipa)) int other(int times, int rest) {
    sink = times;
    return again(times - 1, rest - 1);
}

__attribute__((noipa)) int again(int times, int rest) {
    sink = times;
    if (rest == 0)
        return times;
    sink = rest;
    return other(times - 1, rest - 1);
}

__attribute__((noipa)) int indirectly(int (*function)(int), int number) {
    return function(number) + number;
}

int main(int argc, char **argv) {
    (void)argv;
    sink = outer(2);
    sink += indirectly(outer, argc);
    sink += again(7, 2) + 1;
    return 0;
}
