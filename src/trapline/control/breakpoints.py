"""Breakpoints: the user's wish, and the locations at which it holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from trapline.backend.process import LiveThread
from trapline.base.errors import EvaluationError, LocationError, UsageError
from trapline.base.location import Place, SourceLocation
from trapline.base.record import Record
from trapline.symbols.locspec import LineSpec

if TYPE_CHECKING:
    from trapline.control.conditions import Condition
    from trapline.control.target import Target
    from trapline.symbols.locspec import Spec

Callback: TypeAlias = Callable[[Any, Any], object]


class Location(Record):
    """One place of a breakpoint as the user sees it.

    `address` is a load address; `module` and `function` are names or None; `source` is the line it is at,
    which may be behind the one that was asked for, None without line information; `enabled` says whether
    a trap is wanted there: not where the breakpoint's condition means nothing.
    """

    __slots__ = ("address", "enabled", "function", "module", "source")
    address: int
    module: str | None
    function: str | None
    source: SourceLocation | None
    enabled: bool


class BoundLocation:
    """One load address of a breakpoint: an owner of the site there."""

    __slots__ = ("address", "breakpoint", "inserted", "source")

    def __init__(self, breakpoint: Breakpoint, place: Place) -> None:
        self.breakpoint = breakpoint
        self.address = place.address
        self.source = place.source
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
        if breakpoint.wish is not None:
            return breakpoint.tested(self.address, thread)
        return breakpoint.passed()


class Breakpoint:
    """A wish to stop somewhere.

    `id` counts from 1 over break-, watch- and catchpoints; `spec` is the location as the user wrote it;
    `hit_count` counts passes whose condition held, ignored ones included.  Assign `callback` and
    `ignore_count` freely.
    """

    __slots__ = (
        "__weakref__",
        "_enabled",
        "_places",
        "_target",
        "callback",
        "deleted",
        "hardware",
        "hit_count",
        "id",
        "ignore_count",
        "parsed",
        "problem",
        "spec",
        "temporary",
        "thread_id",
        "was_bound",
        "wish",
    )

    def __init__(
        self,
        target: Target,
        number: int,
        spec: Any,
        parsed: Spec,
        *,
        ignore_count: int = 0,
        temporary: bool = False,
        hardware: bool = False,
        thread_id: int | None = None,
        callback: Callback | None = None,
        enabled: bool = True,
        condition: str | None = None,
    ) -> None:
        self._target = target
        self.id = number
        self.spec = spec
        self.parsed = parsed
        self.ignore_count = ignore_count
        self.temporary = temporary
        self.hardware = hardware
        self.thread_id = thread_id
        self.callback = callback
        self.hit_count = 0
        self.deleted = False
        self.was_bound = False
        self.problem = ""
        self._enabled = enabled
        self._places: dict[int, BoundLocation] = {}
        self.wish: Condition | None = self._parsed(condition)

    @property
    def shown(self) -> str:
        """The location as the user wrote it, in words."""
        if isinstance(self.spec, re.Pattern):
            return f"/{self.spec.pattern}/"
        return f"{self.spec:#x}" if isinstance(self.spec, int) else str(self.spec)

    def __repr__(self) -> str:
        where = self.shown
        state = "deleted" if self.deleted else "pending" if self.pending else f"{len(self._places)} locations"
        if len(self._places) == 1 and not self.deleted:
            state = f"{next(iter(self._places)):#x}"
        return f"<Breakpoint {self.id} {where}: {state}, {self.hit_count} hits>"

    @property
    def locations(self) -> tuple[Location, ...]:
        """Every place where it holds, in order of address."""
        facts = []
        for address in sorted(self._places):
            module = self._target.modules.at(address)
            facts.append(
                Location(
                    address=address,
                    module=module.name if module is not None else None,
                    function=self._function_at(address),
                    source=self._places[address].source or self._target.line_at(address),
                    enabled=self._enabled and not self._is_refused(address),
                )
            )
        return tuple(facts)

    def _function_at(self, address: int) -> str | None:
        """Return the name of the function around a place: of a line that was inlined, the inlined one."""
        functions = self._target.functions_at(address)
        if functions:
            return functions[0 if isinstance(self.parsed, LineSpec) else -1].name
        symbol = self._target.symbol_at(address)
        return symbol.name if symbol is not None else None

    @property
    def pending(self) -> bool:
        """Whether it has no place yet."""
        return not self._places

    @property
    def enabled(self) -> bool:
        """Whether it is in force."""
        return self._enabled

    @property
    def condition(self) -> str | None:
        """The expression that must be true for a pass to count; None for none.  Assignable.

        Raises:
            EvaluationError: on assignment, it is no expression, or means nothing at any of the locations.
        """
        return self.wish.text if self.wish is not None else None

    @condition.setter
    def condition(self, text: str | None) -> None:
        self._check()
        before, self.wish = self.wish, self._parsed(text)
        try:
            self.require_condition()
        except EvaluationError:
            self.wish = before
            raise
        for address, location in self._places.items():
            if self._is_refused(address):
                self._withdraw(location)
        if self._enabled and self._target.process.alive:
            self.insert()

    def _parsed(self, text: str | None) -> Condition | None:
        """Return a condition, parsed for every place that there is."""
        if text is None:
            return None
        from trapline.control.conditions import Condition

        condition = Condition(self._target, text)
        for address in self._places:
            condition.admit(address)
        return condition

    @property
    def condition_error(self) -> str:
        """Why the condition could not be evaluated at the last pass; empty when it could."""
        return self.wish.error if self.wish is not None else ""

    def _is_refused(self, address: int) -> bool:
        return self.wish is not None and address in self.wish.refused

    def enable(self) -> None:
        """Put it in force."""
        self._check()
        if not self._enabled:
            self._enabled = True
            if self._target.process.alive:
                self.insert()

    def disable(self) -> None:
        """Take it out of force; it stays known."""
        self._check()
        if self._enabled:
            self._enabled = False
            self.remove()

    def delete(self) -> None:
        """Forget it."""
        self._target.owner.check()
        if not self.deleted:
            self.remove()
            self.deleted = True
            self._places.clear()
            self._target.breakpoints.pop(self.id, None)

    def _check(self) -> None:
        self._target.owner.check()
        if self.deleted:
            raise UsageError(f"breakpoint {self.id} has been deleted")

    # -- for control -----------------------------------------------------------------------------

    @property
    def addresses(self) -> tuple[int, ...]:
        """Load addresses of its places."""
        return tuple(self._places)

    def bind(self, places: Iterable[Place]) -> bool:
        """Take more places; True when any was new."""
        fresh = False
        for place in places:
            if place.address not in self._places:
                self._places[place.address] = BoundLocation(self, place)
                if self.wish is not None:
                    self.wish.admit(place.address)
                fresh = self.was_bound = True
                if not self.hardware:
                    self._target.warn_restartable(self, place.address)
        if fresh and self._enabled:
            self.insert()
        return fresh

    def require_condition(self) -> None:
        """Raise where the condition means nothing at any place, and warn where it does at some.

        Raises:
            EvaluationError: it is no expression, or its names mean nothing here.
        """
        if self.wish is None:
            return
        refused = self.wish.refused
        if refused and len(refused) == len(self._places):
            raise EvaluationError(next(iter(refused.values())))
        self.warn_refused()

    def warn_refused(self) -> None:
        """Warn, once, of every place that is not in force, because the condition means nothing there."""
        if self.wish is not None:
            for address, why in self.wish.untold():
                self._target.warn_refused(self, address, why)

    def unbind(self, start: int, end: int) -> bool:
        """Drop places at load addresses in [start, end), whose memory is gone; True when there were any."""
        gone = [address for address in self._places if start <= address < end]
        for address in gone:
            location = self._places.pop(address)
            if self.wish is not None:
                self.wish.forget(address)
            if location.inserted and self.hardware:
                self._target.hardware.drop_breakpoint(address, location)
            location.inserted = False
        return bool(gone)

    def unbind_all(self) -> None:
        """Forget every place without touching memory: it is another program's now."""
        self._places.clear()
        self.wish = self._parsed(self.condition)

    def insert(self) -> None:
        """Own the sites of all places at which the condition means something.

        Raises:
            LocationError: a place cannot be patched; those before it stay in force.
        """
        for location in self._places.values():
            if not location.inserted and not self._is_refused(location.address):
                if self.hardware:
                    self._target.hardware.add_breakpoint(location.address, location)
                else:
                    self._target.sites.add(location.address, location)
                location.inserted = True

    def remove(self) -> None:
        """Own no site any more."""
        for location in self._places.values():
            self._withdraw(location)

    def _withdraw(self, location: BoundLocation) -> None:
        if location.inserted:
            location.inserted = False
            if self.hardware:
                self._target.hardware.drop_breakpoint(location.address, location)
            else:
                self._target.sites.drop(location.address, location)

    def tested(self, address: int, thread: LiveThread) -> bool:
        """Decide about a pass as `passed` does when the condition holds; one that fails is a stop."""
        condition = self.wish
        assert condition is not None
        if not condition.holds(address, thread):
            return False
        if self._target.family.failure is not None:
            return True
        if not condition.error:
            return not self.deleted and self.passed()
        self.hit_count += 1
        if self.temporary:
            self.delete()
        return True

    def passed(self) -> bool:
        """Count one pass and decide: ignored, answered by a callback, or a stop."""
        self.hit_count += 1
        if self.ignore_count > 0:
            self.ignore_count -= 1
            return False
        target = self._target
        callback = self.callback or target.default_callback
        if self.temporary:
            self.delete()
        if callback is not None:
            return target.ask(callback, self)
        return True

    def copy_to(self, target: Target) -> Breakpoint:
        """Return the copy that a fork child starts with, bound at the same addresses."""
        twin = Breakpoint(
            target,
            self.id,
            self.spec,
            self.parsed,
            ignore_count=self.ignore_count,
            temporary=self.temporary,
            hardware=self.hardware,
            thread_id=None,
            callback=self.callback,
            enabled=self._enabled,
            condition=self.condition,
        )
        twin.bind(Place(one.address, one.source) for one in self._places.values())
        return twin


def check_ignore_count(count: int) -> int:
    """Return an ignore count, or raise UsageError for a negative one."""
    if count < 0:
        raise UsageError("ignore_count must not be negative")
    return count


def not_found_nearby(address: int, candidates: list[str]) -> LocationError:
    """Build the error for an integer that is not mapped, with the addresses that may have been meant."""
    hint = f"; did you mean {' or '.join(candidates)}?" if candidates else ""
    return LocationError(f"{address:#x} is not mapped{hint}")
