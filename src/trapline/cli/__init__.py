"""The command line: gdb's words over the public handle."""
