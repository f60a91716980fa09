// The smallest program with a main.
int main(void) { return 0; }
