/* Loops on one line and on several, a switch, a computed goto, macros. */
#define TWICE(n) ((n) + (n))
#define EACH(k, n) for (int k = 0; k < (n); k++)

volatile int sink;

__attribute__((noinline)) static int choose(int n) {
    switch (n) {
    case 0: return 10;
    case 1: sink = 1; break;
    case 2: sink = 2; /* fall through */
    case 3: sink = 3; break;
    case 4: return 14;
    case 5: sink = 5; break;
    default: return -1;
    }
    return sink;
}

__attribute__((noinline)) static int machine(const unsigned char *code) {
    static void *const labels[] = {&&add, &&twice, &&stop};
    int value = 1;
    goto *labels[*code++];
add:
    value += 1;
    goto *labels[*code++];
twice:
    value = TWICE(value);
    goto *labels[*code++];
stop:
    return value;
}

int main(void) {
    int sum = 0;
    for (int k = 0; k < 1000; k++) sum += k; // @mark loop
    sink = sum;
    EACH(k, 3)
        sink = TWICE(k);
    int n = 3;
    while (n) {
        sink = n;
        n--;
    }
    do
        n++;
    while (n < 2);
    for (int k = 0; k < 7; k++)
        sink = choose(k);
    sink = machine((const unsigned char *)"\0\1\0\2"); // @mark machine
    return sum == 3;
}
