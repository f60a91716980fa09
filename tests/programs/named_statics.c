/* Static variables with the names of another file's types: only in this file do they mean the variables. */
static int thing = 42;
static int tag = 43;

int others(void) {
    return thing + tag; // @mark there
}
