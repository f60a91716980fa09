"""A live process of this machine, by ptrace and /proc."""
