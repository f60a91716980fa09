#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct record {
    char *name;
    int length;
};

static void measure(struct record *record) {
    record->length = strlen(record->name);
}

static void parse(const char *text) {
    struct record record = {NULL, 0};
    if (*text != '!')
        record.name = strdup(text);
    assert(strcmp(text, "bad") != 0);
    measure(&record);
    printf("%s: %d\n", text, record.length);
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        parse(argv[i]);
    return 0;
}
