"""What the kernel says about a process, and how it is run."""
