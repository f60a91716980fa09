/* A function whose stack is realigned: gcc says where its caller's registers are by expressions. */
typedef float wide __attribute__((vector_size(32)));

__attribute__((noinline)) float middle(int count) {
    wide numbers = {1, 2, 3, 4, 5, 6, 7, 8};
    char room[count];
    room[0] = (char)count;
    return numbers[count & 7] + room[0]; // @mark stop
}

int main(void) { return middle(3) != 7; }
