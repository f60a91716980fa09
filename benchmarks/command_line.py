"""How long is it from the shell's return key to the variables in main, by each debugger's own command?"""

from __future__ import annotations

from benchmarks.question import Figure, Goal, Question

_COMMANDS = ("-ex", "break lookup", "-ex", "run", "-ex", "info locals", "{program}")

QUESTION = Question(
    program="small.c",
    flags=("-O0", "-g"),
    arguments=(),
    counts={"trapline": 1, "gdb": 1},
    commands={
        "trapline": ("{python}", "-m", "trapline", "--batch", *_COMMANDS),
        "gdb": ("gdb", "-nx", "-q", "-batch", *_COMMANDS),
    },
    expected="table = ",
    figures=(Figure("cpu", "`--batch` to locals, command line", "ms"), Figure("memory", "... memory", "MB")),
    goals=(Goal("cpu", "faster", 3, "gdb"), Goal("memory", "faster", 4, "gdb")),
)
