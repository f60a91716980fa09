"""How long is it from the shell's return key to the stop at main of a tiny program?

Time, processor time and memory of the whole command, as a script of the user's own.
"""

from __future__ import annotations

from benchmarks.question import Figure, Goal, Question

_TRAPLINE = """
import sys, time, trapline
with trapline.launch(sys.argv[1]) as inferior:
    inferior.set_breakpoint("main")
    inferior.resume()
    open(sys.argv[2], "a").write(f"at {time.monotonic_ns()} 1\\n")
"""

_LIBDEBUG = """
import sys, time
from libdebug import debugger
inferior = debugger(sys.argv[1], aslr=False)
inferior.run()
inferior.bp("main", file="binary")
inferior.cont()
inferior.wait()
open(sys.argv[2], "a").write(f"at {time.monotonic_ns()} 1\\n")
inferior.kill()
inferior.terminate()
"""

_GDB = 'python import time; open("{out}", "a").write("at %d 1\\n" % time.monotonic_ns())'

QUESTION = Question(
    program="tiny.c",
    mode="launch",
    flags=("-O0", "-g"),
    arguments=(),
    counts={"trapline": 1, "c": 1, "libdebug": 1, "gdb": 1},
    from_start=True,
    commands={
        "trapline": ("{python}", "-c", _TRAPLINE, "{program}", "{out}"),
        "libdebug": ("{python}", "-c", _LIBDEBUG, "{program}", "{out}"),
        "gdb": ("gdb", "-nx", "-q", "-batch", "-ex", "break main", "-ex", "run", "-ex", _GDB, "{program}"),
    },
    figures=(
        Figure("at", "from the command to the stop at main", "ms"),
        Figure("cpu", "... processor time until its end", "ms"),
        Figure("memory", "... memory", "MB"),
    ),
    goals=(Goal("cpu", "faster", 3, "gdb"), Goal("memory", "faster", 4, "gdb")),
)
