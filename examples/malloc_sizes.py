"""What is malloc asked for?  Counts the sizes over a whole run of /bin/ls."""

import collections

import trapline

sizes: collections.Counter[int] = collections.Counter()


def on_malloc(inferior: trapline.Inferior, breakpoint: trapline.Breakpoint) -> None:
    """Count the size, malloc's first argument, which is in rdi."""
    sizes[inferior.thread.registers.rdi] += 1  # return True to stop here


with trapline.launch(["/bin/ls", "-l"]) as inferior:  # killed on leaving, if still alive
    inferior.set_breakpoint("libc.so.6!malloc", callback=on_malloc)
    print(inferior.run(), sizes.most_common(3))
