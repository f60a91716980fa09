"""What a question is made of.  Imported inside gdb's and libdebug's Python too, so it imports little."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

PEERS = ("trapline", "c", "libdebug", "gdb", "lldb")
"""Who answers, in the order of the table's columns; "c" is benchmarks/c/tracer.c, "lldb" its adapter."""

NAMES = {"trapline": "trapline", "c": "C", "libdebug": "libdebug", "gdb": "gdb", "lldb": "lldb"}


LARGE = "large"
"""The `program` that benchmarks/large.py makes."""


class Run(NamedTuple):
    """One run of one peer: what it debugs, how often, and the file that gets the figures."""

    program: str
    arguments: tuple[str, ...]
    count: int
    out: str

    @property
    def argv(self) -> list[str]:
        """The program and its arguments."""
        return [self.program, *self.arguments]

    def report(self, name: str, nanoseconds: float, operations: float = 1) -> None:
        """Add a line to the file of figures, as the programs and the C tracer do."""
        with open(self.out, "a") as file:
            file.write(f"{name} {nanoseconds:.0f} {operations:.0f}\n")


class Figure(NamedTuple):
    """One row of the table: the name in the file of figures, what to call it, and its unit.

    Units: "µs" and "ms" an operation; "GB/s" (an operation is a byte); "calls" and "MB" are plain numbers.
    """

    name: str
    title: str
    unit: str

    @property
    def more_is_better(self) -> bool:
        """Whether it is a speed, not a cost."""
        return self.unit == "GB/s"


class Goal(NamedTuple):
    """What trapline has to reach in one figure.

    Kinds: "faster" (at least `limit` times as fast as peer `against`), "within" (at most `limit` times the
    cost of peer `against`), "flat" (at most `limit` times our own cost in question `against`), "most" (at
    most `limit` units).
    """

    figure: str
    kind: str
    limit: float
    against: str = ""


class Question(NamedTuple):
    """How a question is asked.

    `program` is a file of benchmarks/programs, compiled with `flags`, or `LARGE`; it is given `arguments`
    with `{out}` and `{count}` filled in.  `mode` is the C tracer's.  `counts` says how many operations each
    peer does, so that each takes about as long.  `commands` replaces what a peer would run: an argv, every
    word filled in likewise, `{program}` and `{python}` too; `from_start` then makes a figure "at" of the
    time since that command's start, and `expected` is a part of what a command prints that writes no figures.
    `rounds` limits how often it is asked, where one answer is as good as many.
    """

    program: str
    figures: tuple[Figure, ...]
    counts: Mapping[str, int]
    mode: str = ""
    flags: tuple[str, ...] = ("-O2",)
    arguments: tuple[str, ...] = ("{out}", "{count}")
    goals: tuple[Goal, ...] = ()
    commands: Mapping[str, tuple[str, ...]] = {}
    from_start: bool = False
    expected: str = ""
    rounds: int = 0
