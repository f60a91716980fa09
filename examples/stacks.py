"""Show what the threads of a running process do, equal stacks together: stacks.py PID."""

import sys

import trapline

with trapline.attach(int(sys.argv[1])) as inferior:  # detached on leaving, and running on
    for frames, threads in inferior.stacks():
        print(f"{len(threads)} thread(s)")
        for frame in frames[:6]:
            print(f"  {frame.function or hex(frame.pc)} {frame.location or ''}".rstrip())
