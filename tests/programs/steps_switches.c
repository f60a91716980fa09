/* Computed goto, switch tables, macros. */
static int run(const unsigned char *code) {
    static void *const labels[] = {&&halt, &&inc, &&dbl, &&dec};
    int acc = 0;
    goto *labels[*code++];
inc:
    acc++;
    goto *labels[*code++];
dbl:
    acc *= 2;
    goto *labels[*code++];
dec:
    acc--;
    goto *labels[*code++];
halt:
    return acc;
}
#define MAX(a, b) ((a) > (b) ? (a) : (b))
static int kind(int n) {
    switch (n) {
    case 0: return 5;
    case 1: return 7;
    case 2: n += 3; /* fall through */
    case 3: n *= 2; break;
    case 4: return MAX(n, 3);
    default: n = -1;
    }
    return n;
}
int main(void) {
    static const unsigned char code[] = {1, 1, 2, 3, 0};
    int sum = run(code);
    for (int i = 0; i < 6; i++) sum += kind(i);
    do { sum--; } while (sum > 20);
    return sum == 0;
}
