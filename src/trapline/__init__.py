"""A Linux debugger that is a Python library."""
