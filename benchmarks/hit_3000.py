"""What does the same hit cost when 3,000 other breakpoints are set?"""

from __future__ import annotations

from benchmarks import hit
from benchmarks.question import Figure, Goal, Run

QUESTION = hit.QUESTION._replace(
    mode="many",
    counts={"trapline": 20_000, "c": 20_000, "libdebug": 100, "gdb": 200},
    figures=(Figure("time", "a hit with 3,000 breakpoints set", "µs"),),
    goals=(Goal("time", "flat", 1.2, "hit"),),
)


def in_trapline(run: Run) -> None:
    """As `hit`, with the others set first."""
    hit.in_trapline(run, others=hit.OTHERS)


def in_gdb(run: Run) -> None:
    """As `hit`, with the others set first."""
    hit.in_gdb(run, others=hit.OTHERS)


def in_libdebug(run: Run) -> None:
    """As `hit`, with the others set first."""
    hit.in_libdebug(run, others=hit.OTHERS)
