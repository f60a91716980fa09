/* Copies stdin to stdout, then says on stderr how many bytes that were; its exit code is 3. */
#include <stdio.h>
#include <unistd.h>

int main(void) {
    char buffer[65536];
    long total = 0, size;
    while ((size = read(0, buffer, sizeof buffer)) > 0) {
        total += size;
        for (long done = 0, put; done < size; done += put)
            if ((put = write(1, buffer + done, size - done)) < 0)
                return 4;
    }
    fprintf(stderr, "%ld bytes\n", total);
    return 3;
}
