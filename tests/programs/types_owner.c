/* Defines what types_user.c only declares. */
struct owner {
    long secret;
    struct owner *next;
};

static struct owner one = {1, 0};

struct owner *make_owner(void) {
    return &one; /* @mark one */
}
