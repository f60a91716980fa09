/* Nested functions of GNU C, statement expressions, alloca, and a variable-length array. */
#include <alloca.h>
volatile int sink;

__attribute__((noinline)) static int vla(int n) {
    int numbers[n];
    for (int k = 0; k < n; k++)
        numbers[k] = k;
    char *room = alloca(n * 8); room[0] = (char)numbers[n - 1];
    return room[0];
}

int main(void) {
    int n = ({
        int k = vla(3);
        k + 1;
    });
    sink = n;
    sink = vla(n);
    return sink == 9;
}
