// A program with a function and a type whose names are static variables in a library that it uses.
extern "C" double scaled(double by);

struct couple {
    int first;
};

float half(float x) { return x / 2; }
static int quarter(int x) { return x / 4; }

int main() {
    couple one = {3};
    double got = scaled(half(one.first) + quarter(one.first));  // @mark called
    return got > 100;  // @mark after
}
