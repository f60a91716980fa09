"""Breakpoints: the user's wish, its counts, and what happens at a hit."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from trapline.base import arguments
from trapline.base.errors import ArgumentError, EvaluationError, LocationError, UsageError
from trapline.base.handles import Handle
from trapline.base.location import Place
from trapline.base.patterns import is_pattern
from trapline.base.typing import TYPE_CHECKING, Any, TypeAlias
from trapline.control.locations import BoundLocation, Location, Places
from trapline.symbols.locspec import LineSpec, PatternSpec, SymbolSpec

if TYPE_CHECKING:
    from trapline.backend.process import LiveThread
    from trapline.control.conditions import Condition
    from trapline.control.hit_rules import HitRule
    from trapline.control.logpoints import LogText
    from trapline.control.target import Target
    from trapline.symbols.functions import Function
    from trapline.symbols.locspec import Spec

Callback: TypeAlias = Callable[[Any, Any], object]


class Breakpoint(Handle):
    """A wish to stop somewhere.

    `id` counts from 1 over break-, watch- and catchpoints; `spec` is the location as the user wrote it;
    `hit_count` counts passes whose condition held, ignored ones included.  Assign `callback`,
    `ignore_count` and `temporary` freely.  `stops_left` is how many stops disable it; None: it stays.
    """

    __slots__ = (
        "__weakref__",
        "_enabled",
        "_target",
        "callback",
        "deleted",
        "hardware",
        "hit_count",
        "id",
        "ignore_count",
        "log_text",
        "parsed",
        "places",
        "problem",
        "rule",
        "spec",
        "stops_left",
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
        hit_condition: str | None = None,
        log: str | None = None,
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
        self.stops_left: int | None = None
        self._enabled = enabled
        self.places = Places(target, self)
        self.wish: Condition | None = self._parsed(condition)
        self.rule: HitRule | None = _rule(hit_condition)
        self.log_text: LogText | None = self._logged(log)

    @property
    def shown(self) -> str:
        """The location in words, as the user wrote it; a line alone with the file that it is in."""
        if is_pattern(self.spec):
            return f"/{self.spec.pattern}/"
        if isinstance(self.parsed, LineSpec) and isinstance(self.spec, str) and ":" not in self.spec:
            file, line, module = self.parsed
            inside = f"{module}!" if module is not None else ""
            return f"{inside}{file}:{line}" if file is not None else self.spec
        return f"{self.spec:#x}" if isinstance(self.spec, int) else str(self.spec)

    def __repr__(self) -> str:
        where = self.shown
        state = "deleted" if self.deleted else "pending" if self.pending else f"{len(self.places)} locations"
        if len(self.places) == 1 and not self.deleted:
            state = f"{next(iter(self.places)).address:#x}"
        return f"<Breakpoint {self.id} {where}: {state}, {self.hit_count} hits>"

    @property
    def locations(self) -> tuple[Location, ...]:
        """Every place where it holds, in order of address."""
        return tuple(self._shown(number, one) for number, one in enumerate(self.places.ordered(), 1))

    @property
    def addresses(self) -> tuple[int, ...]:
        """The load addresses of its locations, in order; of thousands they are had at once."""
        return tuple(one.address for one in self.places.ordered())

    def location(self, number: int) -> Location:
        """Return one place where it holds, by its number as in `1.2`.

        Args:
            number: counted from 1, in order of address.

        Raises:
            LocationError: there is none with that number.
        """
        return self._shown(number, self.places.numbered(number))

    def _shown(self, number: int, bound: BoundLocation) -> Location:
        address = bound.address
        module = self._target.modules.at(address)
        problem = self.wish.refused.get(address, "") if self.wish is not None else ""
        function, signature = self._names_at(address)
        return Location(
            number=number,
            address=address,
            module=module.name if module is not None else None,
            function=function,
            signature=signature,
            source=bound.source or self._target.line_at(address),
            enabled=self._enabled and bound.wanted and not problem,
            wanted=bound.wanted,
            problem=problem,
        )

    def _names_at(self, address: int) -> tuple[str | None, str | None]:
        """Return the name and the signature of the function around a place: the one that was asked for.

        Where others were inlined around the address, a line is the innermost one's.
        """
        functions = self._target.functions_at(address)
        if functions:
            chosen = functions[0 if isinstance(self.parsed, LineSpec) else -1]
            if isinstance(self.parsed, SymbolSpec):
                chosen = next((one for one in functions if self.is_on(one)), chosen)
            return chosen.name, chosen.signature
        symbol = self._target.symbol_at(address)
        name = symbol.name if symbol is not None else None
        return name, name

    def is_on(self, function: Function) -> bool:
        """Whether an inlined call, at whose beginning it is, is what the user named."""
        if isinstance(self.parsed, SymbolSpec):
            return function.is_named(self.parsed.name)
        return not isinstance(self.parsed, PatternSpec)

    @property
    def pending(self) -> bool:
        """Whether it has no place yet."""
        return not self.places

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
        self.places.remove_unwanted()
        self._insert_again()

    def _parsed(self, text: str | None) -> Condition | None:
        """Return a condition, parsed for every place that there is."""
        if text is None:
            return None
        from trapline.control.conditions import Condition

        condition = Condition(self._target, text)
        for location in self.places:
            condition.admit(location.address)
        return condition

    @property
    def condition_error(self) -> str:
        """Why the condition could not be evaluated at the last pass; empty when it could."""
        return self.wish.error if self.wish is not None else ""

    @property
    def hit_condition(self) -> str | None:
        """Which hits count, by their number: `>= 3`, `% 10`, `== 5`; None for all.  Assignable.

        The hits before are still counted.

        Raises:
            UsageError: on assignment, it is no such rule.
        """
        return self.rule.text if self.rule is not None else None

    @hit_condition.setter
    def hit_condition(self, text: str | None) -> None:
        self._check()
        self.rule = _rule(text)

    @property
    def log(self) -> str | None:
        """The text that is written at each hit instead of a stop; None for a breakpoint.  Assignable.

        Raises:
            UsageError: on assignment, its braces do not match.
            EvaluationError: on assignment, what is in them means nothing at any of the locations.
        """
        return self.log_text.text if self.log_text is not None else None

    @log.setter
    def log(self, text: str | None) -> None:
        self._check()
        wanted = self._logged(text)
        if wanted is not None:
            wanted.require(location.address for location in self.places)
        self.log_text = wanted

    def _logged(self, text: str | None) -> LogText | None:
        if text is None:
            return None
        from trapline.control.logpoints import LogText

        return LogText(self._target, text)

    def enable(self) -> None:
        """Put it in force."""
        self._check()
        self.stops_left = None
        self._enabled = True
        self._insert_again()

    def enable_for(self, stops: int) -> None:
        """Put it in force, and take it out again after so many stops, which are at least 1."""
        if arguments.integer(stops, "stops") < 1:
            raise ArgumentError("a breakpoint is enabled for 1 stop or more")
        self.enable()
        self.stops_left = stops

    def enable_location(self, number: int) -> None:
        """Put one place in force; `number` counts from 1, as `Location.number` does.

        Raises:
            LocationError: there is no such place.
        """
        self._check()
        self.places.switch(number, on=True)
        self._insert_again()

    def disable_location(self, number: int) -> None:
        """Take one place out of force, in this run and in the next; the others stay.

        Raises:
            LocationError: there is no such place.
        """
        self._check()
        self.places.switch(number, on=False)
        self.places.remove_unwanted()

    def _insert_again(self) -> None:
        if self._enabled and self._target.process.alive:
            self.places.insert()

    def disable(self) -> None:
        """Take it out of force; it stays known."""
        self._check()
        if self._enabled:
            self._enabled = False
            self.places.remove()

    def delete(self) -> None:
        """Forget it."""
        self._target.owner.check()
        if not self.deleted:
            self.places.remove()
            self.deleted = True
            self.places.clear()
            self._target.breakpoints.pop(self.id, None)

    def _check(self) -> None:
        self._target.owner.check()
        if self.deleted:
            raise UsageError(f"breakpoint {self.id} has been deleted")

    # -- for control -----------------------------------------------------------------------------

    def bind(self, places: Iterable[Place]) -> bool:
        """Take more places, and own the sites there while it is in force; True when any was new."""
        fresh = self.places.take(places)
        if fresh:
            self.was_bound = True
            self._insert_again()
        return fresh

    def require_sense(self) -> None:
        """Raise where the condition or the log text means nothing at any place; see `require_condition`.

        Raises:
            EvaluationError: it is no expression, or its names mean nothing here.
        """
        self.require_condition()
        if self.log_text is not None:
            self.log_text.require(location.address for location in self.places)

    def require_condition(self) -> None:
        """Raise where the condition means nothing at any place, and warn where it does at some.

        Raises:
            EvaluationError: it is no expression, or its names mean nothing here.
        """
        if self.wish is None:
            return
        refused = self.wish.refused
        if refused and len(refused) == len(self.places):
            raise EvaluationError(next(iter(refused.values())))
        self.warn_refused()

    def warn_refused(self) -> None:
        """Warn, once, of every place that is not in force, because the condition means nothing there."""
        if self.wish is not None:
            for address, why in self.wish.untold():
                self._target.warn_refused(self, address, why)

    def unbind_all(self) -> None:
        """Forget every place without touching memory: it is another program's now."""
        self.places.clear()
        self.wish = self._parsed(self.condition)
        self.log_text = self._logged(self.log)

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
        """Count one pass and decide: ignored, written down, answered by a callback, or a stop."""
        self.hit_count += 1
        if self.ignore_count > 0:
            self.ignore_count -= 1
            return False
        if self.rule is not None and not self.rule.holds(self.hit_count):
            return False
        target = self._target
        callback = self.callback or target.default_callback
        if self.log_text is not None:
            return self.log_text.write(self)
        if self.stops_left is not None:
            self.stops_left -= 1
            if self.stops_left <= 0:
                self.disable()
        if self.temporary:
            self.delete()
        if callback is not None:
            return target.ask(callback, self)
        return True

    def copy_to(self, target: Target) -> Breakpoint:
        """Return the copy that a fork child starts with, bound at the same addresses: of one in memory."""
        twin = Breakpoint(
            target,
            self.id,
            self.spec,
            self.parsed,
            ignore_count=self.ignore_count,
            temporary=self.temporary,
            callback=self.callback,
            enabled=self._enabled,
            condition=self.condition,
            hit_condition=self.hit_condition,
            log=self.log,
        )
        twin.stops_left = self.stops_left
        twin.places.copy_off(self.places)
        twin.bind(Place(one.address, one.source) for one in self.places)
        return twin


def _rule(text: str | None) -> HitRule | None:
    if text is None:
        return None
    from trapline.control.hit_rules import HitRule

    return HitRule.parse(text)


def require_callable(callback: object) -> None:
    """Raise TypeError for a callback that could not be called at a hit."""
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be callable, or None, not {type(callback).__name__}")


def check_ignore_count(count: int) -> int:
    """Return an ignore count, or raise ArgumentError for a negative one."""
    count = arguments.integer(count, "ignore_count")
    if count < 0:
        raise ArgumentError("ignore_count must not be negative")
    return count


def not_found_nearby(address: int, candidates: list[str]) -> LocationError:
    """Build the error for an integer that is not mapped, with the addresses that may have been meant."""
    hint = f"; did you mean {' or '.join(candidates)}?" if candidates else ""
    return LocationError(f"{address:#x} is not mapped{hint}")
