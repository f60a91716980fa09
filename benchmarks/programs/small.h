// What a header brings: a line whose code is in the function that includes it.
static inline int doubled(int value) {
    int twice = value + value;  // line 3
    return twice;
}
