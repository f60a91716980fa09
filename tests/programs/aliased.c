/* One function under two names: debug information has the first only. */
int twice(int value)
{
    return 2 * value;
}
int twice_alias(int value) __attribute__((alias("twice")));

int main(void)
{
    return twice_alias(0);
}
