/* Thread-locals of a program and of a library, each thread with its own number in them. */
#ifdef LIBRARY
_Thread_local int of_library = 100;
void set_of_library(int number) { of_library = 100 + number; }
#else
#include <pthread.h>

extern _Thread_local int of_library;
void set_of_library(int number);
static _Thread_local int own;

static void *thread(void *argument) {
    int number = *(int *)argument;
    own = number;
    set_of_library(number);
    return own == number ? argument : 0; /* @mark thread */
}

int main(void) {
    int numbers[3] = {1, 2, 3};
    for (int i = 0; i < 3; i++) {
        pthread_t id;
        if (pthread_create(&id, 0, thread, &numbers[i]) || pthread_join(id, 0)) return 1;
    }
    return 0;
}
#endif
