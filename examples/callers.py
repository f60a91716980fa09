"""Count who calls a function: callers.py FUNCTION PROGRAM [ARGS...]."""

import collections
import sys

import trapline

callers: collections.Counter[str] = collections.Counter()


def count(inferior: trapline.Inferior, breakpoint: trapline.Breakpoint) -> None:
    """Count the frame that called the one which stands at the breakpoint."""
    caller = inferior.thread.frame(1)
    where = caller.location
    callers[f"{caller.function or '??'} ({where if where else hex(caller.pc)})"] += 1


with trapline.launch(sys.argv[2:], stdout=trapline.DEVNULL) as inferior:
    inferior.set_breakpoint(sys.argv[1], callback=count)
    print(inferior.run())
for caller, times in callers.most_common():
    print(f"{times:6} {caller}")
