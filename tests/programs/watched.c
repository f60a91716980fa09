/* Writes and reads of variables of every width, by the main thread and by another one. */
#include <pthread.h>
#include <stdint.h>
#include <string.h>

volatile uint8_t one_byte;
volatile uint16_t two_bytes;
volatile uint32_t four_bytes;
volatile uint64_t eight_bytes;
volatile uint64_t seen;

__attribute__((noinline)) void write_all(uint64_t value) {
    one_byte = value;
    two_bytes = value;
    four_bytes = value;
    eight_bytes = value;
}
__attribute__((noinline)) void read_four(void) { seen = four_bytes; }
__attribute__((noinline)) void executed(void) { seen++; }

static void *run(void *unused) {
    (void)unused;
    write_all(0x77);
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t id;
    write_all(0x11);
    read_four();
    write_all(0x22);
    executed();
    executed();
    if (argc > 1 && !strcmp(argv[1], "thread")) {
        pthread_create(&id, NULL, run, NULL);
        pthread_join(id, NULL);
    }
    return 0;
}
