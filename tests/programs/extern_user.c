/* Variables that a library defines: the program only says what they are. */
extern int counted;
extern struct pair {
    int first;
    double second;
} couple;
extern __thread int own;
int count(void);

__attribute__((noinline)) static int local_only(int value)
{
    extern long inner;
    return (int)inner + value; // @mark inside
}

int main(void)
{
    count();
    count();
    return counted + couple.first + own + local_only(1) - 123; // @mark called
}
