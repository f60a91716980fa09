/* Structures that end in an array without a length, of zero elements, or of one that stands for many. */
#include <stdlib.h>
#include <string.h>

struct message {
    unsigned short length;
    char text[];
};
struct old {
    int count;
    long items[0];
};
struct oldest {
    int count;
    short items[1];
};
struct holder {
    int before;
    union {
        struct message *message;
        void *untyped;
    };
    int none[0];
    char after;
};
static struct message fixed = {5, "fixed"};

__attribute__((noipa)) static long use(const void *what, long n) { return *(const char *)what + n; }

__attribute__((noipa)) static long shown(struct message *m, struct old *o, struct oldest *s) {
    long sum = m->length;
    sum += use(m->text, o->count) + use(&sum, s->count);
    return sum + use(m, 1) + use(o, 2) + use(s, 3); /* @mark shown: *m; m->text; m->text[0]@m->length; *o; o->items[1]; o->items[0]@o->count; *s; s->items[1]; fixed; fixed.text[4]; sizeof *m; &m->text; &o->items[1] */
}

int main(void) {
    struct message *message = malloc(sizeof *message + 6);
    message->length = 6;
    memcpy(message->text, "hello", 6);
    struct old *old = malloc(sizeof *old + 2 * sizeof(long));
    old->count = 2;
    old->items[0] = -1;
    old->items[1] = 1;
    struct oldest *oldest = malloc(sizeof *oldest + 4 * sizeof(short));
    oldest->count = 3;
    for (short i = 0; i < 3; i++) oldest->items[i] = (short)(i * 7);
    struct holder holder = {1, {.message = message}, {}, 'z'};
    long sum = shown(message, old, oldest) + shown(&fixed, old, oldest) + use(&holder, 4);
    sum += use(&holder, sum); /* @mark main: holder.none; *holder.message; sizeof holder; holder.message->text[1] */
    free(oldest), free(old), free(message);
    return sum == 0;
}
