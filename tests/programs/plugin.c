/* A shared library to be loaded at run time. */
int plugin_value = 30;
__attribute__((noinline)) int plugin_add(int n) { return plugin_value + n; }
__attribute__((noinline)) int plugin_only(int n) { return plugin_add(n) + 1; }
