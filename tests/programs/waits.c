/* A wait that ends at once: down to the system call, through libc's own tail calls. */
#include <pthread.h>
#include <time.h>

int main(void)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    struct timespec past = {1, 0};
    pthread_mutex_lock(&mutex);
    return pthread_cond_timedwait(&condition, &mutex, &past) == 0;
}
