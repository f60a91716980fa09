#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t money = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t goods = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *sell(void *unused) {
    pthread_mutex_lock(&goods);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&money);
    return unused;
}

static void *buy(void *unused) {
    pthread_mutex_lock(&money);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&goods);
    return unused;
}

static void *serve(void *unused) {
    for (;;)
        pause();
    return unused;
}

int main(void) {
    pthread_t threads[4];
    pthread_barrier_init(&both, NULL, 3);
    pthread_create(&threads[0], NULL, serve, NULL);
    pthread_create(&threads[1], NULL, serve, NULL);
    pthread_create(&threads[2], NULL, sell, NULL);
    pthread_create(&threads[3], NULL, buy, NULL);
    pthread_barrier_wait(&both);
    usleep(100000);
    puts("open");
    fflush(stdout);
    pthread_join(threads[2], NULL);
    puts("sold");
    return 0;
}
