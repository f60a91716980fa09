/* Function pointers, a callback of qsort, variadic functions, calls as arguments. */
#include <stdarg.h>
#include <stdlib.h>

volatile int sink;

__attribute__((noinline)) static int add(int a, int b) { return a + b; }
__attribute__((noinline)) static int subtract(int a, int b) { return a - b; }

static int compare(const void *a, const void *b) {
    int left = *(const int *)a;
    int right = *(const int *)b;
    return left - right;
}

__attribute__((noinline)) static int total(int count, ...) {
    va_list list;
    int sum = 0;
    va_start(list, count);
    while (count--)
        sum += va_arg(list, int);
    va_end(list);
    return sum;
}

int main(void) {
    int (*const table[])(int, int) = {add, subtract};
    int numbers[] = {3, 1, 2};
    for (int k = 0; k < 2; k++)
        sink = table[k](k, 5);
    qsort(numbers, 3, sizeof *numbers, compare); // @mark qsort
    sink = total(3, 1, 2, 3);
    sink = add(add(1, 2), subtract(4, 3)); // @mark arguments
    return numbers[0] == 7;
}
