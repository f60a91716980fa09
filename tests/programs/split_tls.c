// Thread-local variables whose places are in a table of addresses (-gsplit-dwarf).
#ifdef BIG
static __thread char big[0x40000]; // more bytes than the block's address in the file
#endif
__thread int tv = 31;
__thread int tw = 32;

int main(int argc, char **argv) {
    (void)argv;
    tv += argc; // @mark first
#ifdef BIG
    big[argc] = 3;
#endif
    return tv + tw == 64 ? 0 : tv; // @mark last
}
