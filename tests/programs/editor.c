// What an editor's session looks at: calls, locals of many kinds, output.
#include <stdio.h>
#include <string.h>

struct point {
    int x, y;
    const char *label;
};

struct node {
    int value;
    struct node *next;
};

static int counter;

static int scale(int value, int factor) {
    int scaled = value * factor; // @mark scale
    counter++;
    return scaled; // @mark scaled
}

void forever(void) {
    for (;;)
        counter++;
}

int main(int argc, char **argv) {
    struct point here = {3, 4, "here"};
    struct node last = {2, NULL}, first = {1, &last};
    int numbers[1000];
    for (int i = 0; i < 1000; i++) // @mark loop
        numbers[i] = i * i;
    char text[16] = "hello";
    double half = 0.5;
    printf("begin %d\n", argc); // @mark begin
    // No code comes of this line. @mark comment
    int sum = scale(here.x, 10); // @mark call
    sum += scale(here.y, 100); // @mark second
    fprintf(stderr, "sum %d\n", sum); // @mark sum
    printf("end %s %g %d %d %s\n", text, half, numbers[10], first.next->value, argc > 1 ? argv[1] : "-");
    return sum == 430 ? 7 : 1; // @mark last
}
