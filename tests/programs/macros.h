/* Included by macros.c: what stands on which line matters. */
#ifndef MACROS_H
#define MACROS_H
#define FROM_HEADER 7
#define SHADE 1
#undef SHADE
#endif
