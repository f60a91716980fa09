static inline int tripled(int number) {
    int result = number * 3;
    return result + 1;
}
