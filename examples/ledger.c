#include <stdio.h>
#include <stdlib.h>

struct entry {
    const char *name;
    int amount;
    struct entry *next;
};

static int entries;
static int limits[4] = {5, 50, 500, 5000};

static struct entry *add(struct entry *list, const char *name, int amount) {
    struct entry *made = malloc(sizeof *made);
    made->name = name;
    made->amount = amount;
    made->next = list;
    entries++;
    return made;
}

static int sum(const struct entry *list) {
    if (list == NULL)
        return 0;
    return list->amount + sum(list->next);
}

static int is_over(int total, int level) {
    int limit = limits[level];
    return total > limit;
}

int main(void) {
    struct entry *list = NULL;
    list = add(list, "rent", 700);
    list = add(list, "bread", 12);
    list = add(list, "books", 60);
    int total = sum(list);
    for (int level = 0; level < 4; level++)
        if (is_over(total, level))
            printf("over %d\n", limits[level]);
    return 0;
}
