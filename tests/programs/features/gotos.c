/* Jumps: goto into and out of blocks, computed goto, switch through several cases, early returns, cleanup. */
__attribute__((noipa)) static long use(const void *what, long n) { return (what ? *(const char *)what : 0) + n; }

static void closed(int *handle) { use(handle, *handle); /* @mark closed: *handle; handle */ }

__attribute__((noipa)) static long interpreted(const char *code) {
    static const void *const operations[] = {&&push, &&add, &&stop};
    long stack[4] = {0}, top = 0;
    const char *next = code;
    goto *operations[*next - '0'];
push:
    stack[top++] = next - code + 5;
    next++; /* @mark push: stack; top; next; *next */
    goto *operations[*next - '0'];
add:
    top--;
    stack[top - 1] += stack[top];
    next++; /* @mark add: stack[0]; top; next - code */
    goto *operations[*next - '0'];
stop:
    return use(code, stack[0]); /* @mark stop: stack; top; *operations == operations[0]; sizeof operations */
}

__attribute__((noipa)) static long retried(int n) {
    int tries = 0;
    long sum = 0;
again:
    tries++;
    {
        int local = n * tries;
        sum += use(0, local); /* @mark retried: local; tries; sum */
        if (tries < 2) goto again;
        if (sum > 1000) goto failed;
    }
    return sum; /* @mark retried_end: tries; sum; n */
failed:
    return -1;
}

__attribute__((noipa)) static long switched(int kind) {
    int handle __attribute__((cleanup(closed))) = kind + 40;
    long result = 0;
    switch (kind) {
        case 0: result = 1;
        case 1: {
            char letter = 'o';
            result += use(&letter, 10); /* @mark one: letter; result; handle; kind */
            break;
        }
        default: result = -1; /* @mark other: result; kind; handle */
    }
    return result + use(&handle, 1); /* @mark switched: result; handle */
}

int main(void) { return interpreted("00112") + retried(6) + switched(0) + switched(1) + switched(9) == 0; }
