/* gcc's functions within functions, which reach the variables around them. */
__attribute__((noipa)) static long use(const void *what, long n) { return *(const char *)what + n; }

__attribute__((noipa)) static long apply(long (*function)(int), int n) { return function(n) + 1; }

__attribute__((noipa)) static long outer(int base, const char *name) {
    int count = 3, steps[3] = {base, base * 2, base * 3};
    __attribute__((noinline)) long inner(int extra) {
        long local = base + extra + steps[1];
        __attribute__((noinline)) long innermost(int deepest) {
            count++;
            return use(name, local + deepest); /* @mark innermost: deepest; local; base; count; name; steps; extra */
        }
        return innermost(extra * 2) + use(&local, count); /* @mark inner: extra; local; base; count; steps[2] */
    }
    long direct = inner(7);
    return direct + apply(inner, 8) + use(&count, 1); /* @mark outer: direct; count; steps */
}

int main(void) { return outer(5, "outer") == 0; }
