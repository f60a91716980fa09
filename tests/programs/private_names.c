/* A library whose own static variables have names that the program uses for other things. */
static double half = 0.5;
static long couple[26] = {1, 2};
static int only_here = 31;
static enum { quarter = 77, nowhere_else = 78 } kind = nowhere_else;

double scaled(double by) { return by * half + (double)couple[0] + only_here + (kind == quarter); }
