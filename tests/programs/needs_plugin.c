/* Linked against the plugin, so that it is loaded before main. */
int plugin_only(int n);
int main(void) { return plugin_only(2); }
