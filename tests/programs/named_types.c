/* Types whose names the other file of the program has for static variables. */
typedef struct thing {
    int a;
} thing;
struct tag {
    int z;
};
thing one = {1};
int others(void);

int main(void) {
    struct tag local = {3};
    return others() + one.a + local.z == 0; // @mark here
}
