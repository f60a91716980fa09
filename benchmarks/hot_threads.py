"""What does a hit cost when four threads run into it at once, and is every one of 40,000 seen?"""

from __future__ import annotations

from benchmarks import hit
from benchmarks.question import Figure, Run

THREADS = 4

QUESTION = hit.QUESTION._replace(
    mode="hot",
    arguments=("{out}", "{count}", "0", str(THREADS)),
    counts={"trapline": 10_000, "c": 10_000, "libdebug": 500, "gdb": 500},
    figures=(Figure("time", "a hit, four threads at once, none missed", "µs"),),
    goals=(),
)


def in_trapline(run: Run) -> None:
    """As `hit`; each thread hits `run.count` times."""
    hit.in_trapline(run, calls=THREADS * run.count)


def in_gdb(run: Run) -> None:
    """As `hit`; each thread hits `run.count` times."""
    hit.in_gdb(run, calls=THREADS * run.count)


def in_libdebug(run: Run) -> None:
    """As `hit`; each thread hits `run.count` times."""
    hit.in_libdebug(run, calls=THREADS * run.count)
