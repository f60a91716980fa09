/* Uses a structure that it knows by name only; linked with types_owner.c. */
struct owner;
struct owner *make_owner(void);
struct owner *owned;

int main(void) {
    owned = make_owner();
    return owned == 0; /* @mark main */
}
