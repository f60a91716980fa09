/* watched_parts: values that come to be, that are computed, that change together and that end together. */
struct node { int value; struct node *next; };
struct pair { int left; double right; };

static struct node first, second;
struct node *head;
struct pair before = {1, 2.5}, after = {7, 8.5}, *both = &before;
int a, b, table[4];

__attribute__((noinline)) static int depth(int n) {
    int mine = n; /* @mark mine */
    mine += 10;
    if (n > 0)
        mine += depth(n - 1);
    return mine;
}

__attribute__((noinline)) static int counted(int n) {
    register int count __asm__("rbx") = 0;
    register struct pair *one __asm__("r12") = &before;
    for (int i = 0; i < n; i++) /* @mark counted */
        count += 2;
    one = &after;
    a = depth(1);
    count += a;
    return count + one->left; /* @mark leaves */
}

int main(void) {
    head = &first; /* @mark begin */
    head->value = 3;
    head->next = &second;
    head->next->value = 9;
    both = &after; /* @mark both */
    a = 4; /* @mark parts */
    b = 2;
    a = 6;
    b = 0;
    table[2] = 5;
    a = 2;
    depth(2);
    return counted(2);
}
