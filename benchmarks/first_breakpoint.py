"""What does it take to get from nothing to a stop in the program, with its variables?"""

from __future__ import annotations

from benchmarks.fresh import SMALL, STOPPED_AT_FRAME, fresh
from benchmarks.question import LARGE, Goal, Question


def _stop(program: str, location: str, expected: str, goals: tuple[Goal, ...]) -> Question:
    return fresh(
        "first breakpoint with locals",
        program,
        [f"inferior.set_breakpoint({location!r})", "inferior.resume()", STOPPED_AT_FRAME],
        [f"break {location}", "run", "info locals"],
        expected,
        goals=goals,
    )


_MEMORY = Goal("memory", "faster", 4, "gdb")

QUESTION = _stop(SMALL, "lookup", "table", (Goal("cpu", "faster", 3, "gdb"), _MEMORY))
IN_LARGE = _stop(LARGE, "large_120.cpp:37", "pattern", (Goal("cpu", "faster", 20, "gdb"), _MEMORY))
