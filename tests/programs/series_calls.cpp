// A chain of calls that each keep a number: what the series' chapters 6 to 8 step through and unwind.
void deepest() {
    int kept = 1; // @mark deepest
}

void third() {
    int kept = 2;
    deepest(); // @mark third-calls
}

void second() {
    int kept = 3;
    third();
}

void first() {
    int kept = 4; // @mark first
    second(); // @mark first-calls
}

int main() {
    first(); // @mark main-calls
}
