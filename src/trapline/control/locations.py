"""The places of a breakpoint: as the user sees them, and as owners of sites."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from trapline.arch.x86_64 import RSP
from trapline.base.record import Record

if TYPE_CHECKING:
    from trapline.backend.process import LiveThread
    from trapline.base.location import Place, SourceLocation
    from trapline.control.breakpoints import Breakpoint
    from trapline.control.target import Target


class Location(Record):
    """One place of a breakpoint as the user sees it.

    `number` counts from 1 in order of address, as in gdb's `1.2`; `address` is a load address; `module`
    and `function` are names or None; `signature` is the function's name with the types of its parameters
    where the language has overloads, else the name alone; `source` is the line it is at, which may be
    behind the one that was asked for, None without line information.  `enabled` says whether a trap is
    wanted there, which takes the breakpoint itself, this place's own switch (`wanted`) and a condition
    that means something there (`problem` says why it does not, else "").
    """

    __slots__ = (
        "address",
        "enabled",
        "function",
        "module",
        "number",
        "problem",
        "signature",
        "source",
        "wanted",
    )
    address: int
    enabled: bool
    function: str | None
    module: str | None
    number: int
    problem: str
    signature: str | None
    source: SourceLocation | None
    wanted: bool


class BoundLocation:
    """One load address of a breakpoint: an owner of the site there.

    `wanted` is the place's own switch, `label` what a stop calls it: `1.2`, or `1` where the breakpoint has
    no other place.
    """

    __slots__ = ("address", "breakpoint", "inserted", "key", "label", "source", "wanted")

    def __init__(self, breakpoint: Breakpoint, place: Place, key: tuple[str, int]) -> None:
        self.breakpoint = breakpoint
        self.address = place.address
        self.source = place.source
        self.key = key
        self.label = str(breakpoint.id)
        self.wanted = True
        self.inserted = False

    @property
    def order(self) -> int:
        """Several at one hit run in order of id."""
        return self.breakpoint.id

    def reached(self, thread: LiveThread) -> bool:
        """Count the pass, and ask the callback where the filters let it through."""
        breakpoint = self.breakpoint
        if not self.inserted:
            return False  # taken out by a callback that was asked before us
        if breakpoint.thread_id is not None and breakpoint.thread_id != thread.tid:
            return False
        rows = breakpoint.rows
        if rows is not None and rows.is_same_hit(self.address, thread):
            return False
        if breakpoint.wish is not None:
            return breakpoint.tested(self.address, thread)
        return breakpoint.passed()


def key_of(target: Target, address: int) -> tuple[str, int]:
    """Return what a load address is called in every run: module and file address, "" outside of modules."""
    module = target.modules.at(address)
    return ("", address) if module is None else (module.path, address - module.bias)


class Rows:
    """Which places of a breakpoint are one line that is run through: passing them is one hit.

    A compiler may split a line, and a line with blocks has a place in each.  Who stopped at the first and
    goes on has not left the line when it comes to the next; the user would wonder at a second stop there.
    `_before` maps each place to those before it from which the line's addresses reach it without a gap.
    That a thread came that way is taken from its last hit in the same frame, which `_frames` keeps by tid:
    stack pointer and place, outermost first.
    """

    __slots__ = ("_before", "_frames")

    def __init__(self, before: dict[int, frozenset[int]]) -> None:
        self._before = before
        self._frames: dict[int, list[tuple[int, int]]] = {}

    @classmethod
    def of(cls, target: Target, addresses: list[int]) -> Rows | None:
        """Return the groups among load addresses in order; None where each place is a hit of its own."""
        before: dict[int, frozenset[int]] = {}
        for first, second in itertools.pairwise(addresses):
            if _is_one_line(target, first, second):
                before[second] = before.get(first, frozenset()) | {first}
        return cls(before) if before else None

    def is_same_hit(self, address: int, thread: LiveThread) -> bool:
        """Whether a thread that comes to a place is still on the line at which it has hit the breakpoint.

        Frames are told apart by the stack pointer, which bodies of functions keep.
        """
        sp = thread.words[RSP]
        frames = self._frames.setdefault(thread.tid, [])
        while frames and frames[-1][0] < sp:
            frames.pop()  # calls from this frame, or from one further out: they have returned
        last = frames.pop()[1] if frames and frames[-1][0] == sp else None
        frames.append((sp, address))
        return last is not None and last in self._before.get(address, ())


def _is_one_line(target: Target, first: int, second: int) -> bool:
    """Whether all addresses from one place to a later one are of one line of one function.

    Code of a call that the line makes, and that was inlined there, is the line's.
    """
    around = tuple(target.functions_at(first))
    run = target.run_at(first)
    if run is None or not around or tuple(target.functions_at(second)) != around:
        return False
    line = (run.source.path, run.source.line)
    at = first
    while run is not None:
        inside = tuple(target.functions_at(at))
        source: SourceLocation | None = run.source
        if inside != around:
            depth = len(inside) - len(around)
            source = inside[depth - 1].call_site if depth > 0 and inside[depth:] == around else None
        if source is None or (source.path, source.line) != line:
            return False
        if at >= second:
            return True
        at = min(run.end, second)
        run = target.run_at(at)
    return False
