/* One thread calls ask() and waits; another counts in `shared_counter` without end. */
#include <pthread.h>
#include <stdatomic.h>

volatile long shared_counter;
atomic_int over;

__attribute__((noinline)) void ask(void) { asm volatile(""); }

static void *count(void *unused) {
    (void)unused;
    while (!over)
        shared_counter++;
    return 0;
}

int main(void) {
    pthread_t id;
    pthread_create(&id, 0, count, 0);
    while (shared_counter == 0)
        ;
    ask();
    over = 1;
    pthread_join(id, 0);
    return 0;
}
