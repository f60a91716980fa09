"""What does a breakpoint cost whose condition, on a variable in memory, is false?"""

from __future__ import annotations

from benchmarks import false_condition
from benchmarks.question import Figure, Goal, Question, Run

_CONDITION = f"number == {false_condition.NEVER}"

QUESTION = Question(
    program="hits.c",
    flags=("-O0",),
    counts={"trapline": 20_000, "gdb": 4_000},
    figures=(Figure("time", "... on an argument in memory", "µs"),),
    goals=(Goal("time", "faster", 15, "gdb"),),
)


def in_trapline(run: Run) -> None:
    """The same as in gdb."""
    false_condition.in_trapline(run, _CONDITION)


def in_gdb(run: Run) -> None:
    """Gdb's own `break ... if`."""
    false_condition.in_gdb(run, _CONDITION)
