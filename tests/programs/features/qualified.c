/* restrict, const, volatile and _Atomic; pointers to pointers; void and incomplete types; strings with odd bytes. */
#include <stdatomic.h>
#include <stddef.h>

struct incomplete;
struct list {
    int value;
    struct list *next, **previous;
};
struct counters {
    _Atomic int hits;
    volatile long misses;
    const int most;
    atomic_uint_least8_t small;
};

__attribute__((noipa)) static long use(const void *what, long n) { return (what ? *(const char *)what : 0) + n; }

__attribute__((noipa)) static long copied(int n, int *restrict to, const int *restrict from, const char *const *names) {
    volatile int seen = 0;
    for (int i = 0; i < n; i++) {
        to[i] = from[i];
        seen += to[i]; /* @mark copying: to[i]; from[i]; seen; *from@n; i */
    }
    return seen + use(*names, n); /* @mark copied: *to@n; names[1]; *names; **names; seen; to == from */
}

int main(void) {
    const char *const names[] = {"first", "second", NULL}, *const *cursor = &names[1];
    int source[3] = {7, 8, 9}, target[3] = {0};
    struct counters counters = {3, -4, 5, 6};
    struct list third = {3, NULL, NULL}, second = {2, &third, NULL}, head = {1, &second, &second.next};
    second.previous = &head.next;
    volatile const struct counters *watched = &counters;
    struct incomplete *unknown = (struct incomplete *)&head;
    void *untyped = &source[1];
    char bytes[6] = {'a', 0, '\n', '\x7f', '\377', '"'};
    const char *escaped = "tab\there \"quoted\" \\ \001end";
    _Atomic(struct list *) atomic_pointer = &head;
    long sum = copied(3, target, source, names) + use(cursor, 1) + use(unknown, 2) + use(untyped, 3) + use(bytes, 4);
    sum += use(escaped, watched->misses) + use(atomic_pointer, sum);
    return (int)(sum + use(&third, counters.hits)); /* @mark main: *cursor; **cursor; watched->most; *watched; head.next->next->value; *head.next; **head.previous; *(int *)untyped; bytes; escaped; escaped[3]; *escaped@5; unknown; &head; counters.hits + 1; (char)sum == (char)sum; head.next == &second; *atomic_pointer; &*cursor; sizeof(struct list *) */
}
