// The other file of same_names.c.
int other(int number);

static int shared_name(int number) {
    return number + 2; // @mark there
}

int other(int number) {
    return shared_name(number);
}
