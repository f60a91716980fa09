/* Statements over several lines, several statements on one, declarations with loops behind. */
volatile int sink;

__attribute__((noinline)) static int mean(
    const int *numbers,
    int count) {
    int sum = 0;
    for (int k = 0; k < count; k++) { sum += numbers[k]; sink = sum; }
    return
        sum /
        count;
}

__attribute__((noinline)) static void fill(int *numbers, int count) {
    int k = 0; while (k < count) { numbers[k] = k; k++; }
}

int main(void) {
    int numbers[4] = {0}; sink = 1; sink = 2;
    fill(numbers,
         4);
    if (numbers[1] == 1 &&
        numbers[2] == 2)
        sink = mean(
            numbers,
            4);
    else
        sink = 3;
    int matrix[2][2] = {{1, 2}, {3, 4}};
    for (int row = 0; row < 2; row++)
        for (int column = 0; column < 2; column++)
            sink = matrix[row][column];
    return sink == 9;
}
