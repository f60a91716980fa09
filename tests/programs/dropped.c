/* A function and variables that the linker leaves out with --gc-sections; their description stays. */
int dropped[4] = {1, 2, 3, 4};
static int used_by_nobody = 7;
int kept = 5;

int gone(void) {
    return dropped[0] + used_by_nobody;
}

int main(void) {
    return kept == 0; // @mark stop
}
