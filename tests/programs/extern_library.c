/* What extern_user.c declares; built with or without debug information. */
int counted = 1;
struct pair {
    int first;
    double second;
} couple = {3, 4.5};
long inner = 99;
__thread int own = 17;

int count(void)
{
    return ++counted; /* where the program has its own copy, that one */
}
