/* A dialogue: asks for a name and a password; check() sees the password. */
#include <stdio.h>
#include <string.h>

__attribute__((noinline)) int check(const char *word) { return strcmp(word, "sesame\n") == 0; }

int main(void) {
    char name[64], word[64];
    printf("login: ");
    fflush(stdout);
    if (!fgets(name, sizeof name, stdin))
        return 2;
    printf("password: ");
    fflush(stdout);
    if (!fgets(word, sizeof word, stdin))
        return 2;
    if (!check(word)) {
        printf("wrong\n");
        return 1;
    }
    printf("welcome %s", name);
    return 0;
}
