"""The places of a breakpoint: as the user sees them, and as owners of sites."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from trapline.arch.x86_64 import RSP
from trapline.base import arguments
from trapline.base.errors import LocationError
from trapline.base.record import Record
from trapline.base.typing import TYPE_CHECKING
from trapline.symbols.locspec import LineSpec

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
        rows = breakpoint.places.rows
        if rows is not None and rows.is_same_hit(self.address, thread):
            return False
        if breakpoint.wish is not None:
            if breakpoint.tested(self.address, thread):
                return True
            breakpoint.places.filter(self)
            return False
        return breakpoint.passed()


def key_of(target: Target, address: int) -> tuple[str, int]:
    """Return what a load address is called in every run: module and file address, "" outside of modules."""
    module = target.modules.at(address)
    return ("", address) if module is None else (module.path, address - module.bias)


class Places:
    """The load addresses at which a breakpoint holds, and the traps there.

    A place that the user switched off stays off in the next run, where it is at another address.  `rows`
    says which places are one line that is run through; None where each is a hit of its own.
    """

    __slots__ = ("_breakpoint", "_by_address", "_off", "_target", "rows")

    def __init__(self, target: Target, breakpoint: Breakpoint) -> None:
        self._target = target
        self._breakpoint = breakpoint
        self._by_address: dict[int, BoundLocation] = {}
        self._off: set[tuple[str, int]] = set()
        self.rows: Rows | None = None

    def filter(self, location: BoundLocation) -> None:
        """Have further passes of a place for which the condition is false go on without asking it."""
        condition = self._breakpoint.wish
        concerns = condition.filter(location.address, self._breakpoint) if condition is not None else None
        if concerns is not None:
            self._target.sites.filter(location.address, location, concerns)

    def __len__(self) -> int:
        return len(self._by_address)

    def __iter__(self) -> Iterator[BoundLocation]:
        return iter(self._by_address.values())

    def ordered(self) -> list[BoundLocation]:
        """Return all in order of address, which is that of their numbers."""
        return [self._by_address[address] for address in sorted(self._by_address)]

    def take(self, places: Iterable[Place]) -> bool:
        """Take more, without traps as yet; True when any was new."""
        fresh = False
        for place in places:
            if place.address not in self._by_address:
                fresh = True
                self._add(place)
        if fresh:
            self._group()
        return fresh

    def _add(self, place: Place) -> None:
        breakpoint = self._breakpoint
        location = BoundLocation(breakpoint, place, key_of(self._target, place.address))
        location.wanted = location.key not in self._off
        self._by_address[place.address] = location
        if breakpoint.wish is not None:
            breakpoint.wish.admit(place.address)
        if not breakpoint.hardware:
            self._target.warn_restartable(breakpoint, place.address)

    def _group(self) -> None:
        """Number the places, and find out which are one line that is run through."""
        number = self._breakpoint.id
        ordered = self.ordered()
        for minor, location in enumerate(ordered, 1):
            location.label = f"{number}.{minor}" if len(ordered) > 1 else str(number)
        is_line = isinstance(self._breakpoint.parsed, LineSpec) and len(ordered) > 1
        self.rows = Rows.of(self._target, [one.address for one in ordered]) if is_line else None

    def drop(self, start: int, end: int) -> None:
        """Drop those at load addresses in [start, end), whose memory is gone."""
        gone = [address for address in self._by_address if start <= address < end]
        for address in gone:
            location = self._by_address.pop(address)
            if self._breakpoint.wish is not None:
                self._breakpoint.wish.forget(address)
            if location.inserted and self._breakpoint.hardware:
                self._target.hardware.drop_breakpoint(address, location)
            location.inserted = False
        if gone:
            self._group()

    def clear(self) -> None:
        """Forget all without touching memory; which were switched off stays known."""
        self._by_address.clear()
        self.rows = None

    def copy_off(self, other: Places) -> None:
        """Have the same places switched off as another breakpoint has."""
        self._off = set(other._off)

    def switch(self, number: int, *, on: bool) -> None:
        """Say whether a trap is wanted at one place, in this run and in the next; `number` counts from 1.

        Raises:
            LocationError: there is no such place.
        """
        location = self.numbered(number)
        location.wanted = on
        (self._off.discard if on else self._off.add)(location.key)

    def numbered(self, number: int) -> BoundLocation:
        """Return the place with a number, counted from 1.

        Raises:
            LocationError: there is no such place.
        """
        ordered = self.ordered()
        number = arguments.integer(number, "number")
        if not 1 <= number <= len(ordered):
            has = f"{len(ordered)} locations" if len(ordered) != 1 else "1 location"
            raise LocationError(f"breakpoint {self._breakpoint.id} has {has}, no location {number}")
        return ordered[number - 1]

    def insert(self) -> None:
        """Own the sites of all places that are wanted, and at which the condition means something.

        Raises:
            LocationError: a place cannot be patched; those before it stay in force.
        """
        for location in self:
            if not location.inserted and self._is_wanted(location):
                if self._breakpoint.hardware:
                    self._target.hardware.add_breakpoint(location.address, location)
                else:
                    self._target.sites.add(location.address, location)
                location.inserted = True

    def _is_wanted(self, location: BoundLocation) -> bool:
        """Whether a trap is wanted at a place while the breakpoint is in force."""
        wish = self._breakpoint.wish
        return location.wanted and (wish is None or location.address not in wish.refused)

    def remove(self) -> None:
        """Own no site any more."""
        for location in self:
            self._withdraw(location)

    def remove_unwanted(self) -> None:
        """Give up the sites that are not wanted any more."""
        for location in self:
            if not self._is_wanted(location):
                self._withdraw(location)

    def _withdraw(self, location: BoundLocation) -> None:
        if location.inserted:
            location.inserted = False
            if self._breakpoint.hardware:
                self._target.hardware.drop_breakpoint(location.address, location)
            else:
                self._target.sites.drop(location.address, location)


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
