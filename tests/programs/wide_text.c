/* hits.c with 198,000 bytes of code behind it: one read of all of it is a large one; the page that it ends in has room left. */
#include "hits.c"

__asm__(".text\n.fill 198000, 1, 0x90\n");
