// Two files with a static function of the same name; the other one is same_names_other.c.
int other(int number);

int total;

static int shared_name(int number) {
    return number + 1; // @mark here
}

int main(int argc, char **argv) {
    (void)argv;
    total = shared_name(argc);
    total += other(argc);
    return total;
}
