"""What the client wants to stop at, kept beside the library's break-, watch- and catchpoints.

The client sends whole lists; what is in force already stays as it is, with its id and its count.  Ids are
the library's: one counter for every kind, no number twice.
"""

from __future__ import annotations

from collections.abc import Callable

from trapline.base.errors import DebuggerError
from trapline.base.fact import NamedTuple
from trapline.base.patterns import lazy
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.control.catchpoints import Catchpoint
from trapline.control.hit_rules import HitRule
from trapline.dap import sources
from trapline.dap.arguments import Arguments, BadArgument
from trapline.dap.problems import one_line

if TYPE_CHECKING:
    from trapline.dap.messages import Breakpoint
    from trapline.dap.session import Session
    from trapline.inferior import Inferior

LINES, FUNCTIONS, INSTRUCTIONS, DATA, EXCEPTIONS, ENTRY = (
    "breakpoint",
    "function breakpoint",
    "instruction breakpoint",
    "data breakpoint",
    "exception",
    "entry",
)
"""The kinds, called as `stopped` calls the reason."""


_ACCESSES = {"read": "read", "write": "write", "readWrite": "read_write"}


class Wish(NamedTuple):
    """One thing to stop at, as the client wrote it."""

    kind: str
    where: Any
    """What `set_breakpoint` takes; of data the id that `dataBreakpointInfo` gave, and the access."""
    condition: str = ""
    hits: str = ""
    log: str = ""

    @staticmethod
    def read(kind: str, where: Any, arguments: Arguments) -> Wish:
        """Return the wish of one element of a client's list."""
        return Wish(
            kind,
            where,
            arguments.text("condition", "").strip(),
            arguments.text("hitCondition", "").strip(),
            arguments.text("logMessage", "").rstrip("\n"),
        )


class Wishes:
    """Everything that the client has asked to stop at."""

    def __init__(self, session: Session) -> None:
        """Begin with nothing."""
        self._session = session
        self._makers: dict[str, Callable[[Wish], Any]] = {}
        self._groups: dict[str, dict[Wish, Any]] = {}
        """By kind, lines also by file: what was asked for, and the library's object for it."""
        self._kinds: dict[int, str] = {}
        self._names: dict[int, str] = {}
        self.data_names: dict[str, str] = {}
        """What `dataBreakpointInfo` was asked for, by the id that it gave."""
        self.hidden: set[int] = set()
        """Ids of breakpoints of ours that the client does not know."""

    def replace(self, group: str, wanted: list[Wish], make: Callable[[Wish], Any]) -> list[Breakpoint]:
        """Put a list in the place of the former one of its group, and return how each element is.

        Args:
            group: the kind, or for lines the kind and the file.
            wanted: what is to be in force.
            make: sets one, and returns the library's object.
        """
        self._makers[group] = make
        before = self._groups.get(group, {})
        after: dict[Wish, Any] = {}
        for wish, one in before.items():
            if wish not in wanted:
                one.delete()
                self._kinds.pop(one.id, None)
        answers: list[Breakpoint] = []
        for wish in wanted:
            one = after.get(wish) or before.get(wish)
            try:
                if one is None or one.deleted:
                    one = make(wish)
            except DebuggerError as error:
                answers.append({"verified": False, "message": one_line(error), "reason": "failed"})
                continue
            after[wish] = one
            self._kinds[one.id] = wish.kind
            self._names[one.id] = self._name(wish)
            answers.append(self.shown(one))
        self._groups[group] = after
        return answers

    def renew(self) -> None:
        """Set everything again in another inferior, under the numbers that the client knows.

        What cannot be set there, and what was set on the console, the client is told to be gone.
        """
        inferior = self._session.program
        known = [
            (one.id, group, wish)
            for group, wanted in self._groups.items()
            for wish, one in wanted.items()
            if not one.deleted
        ]
        for number, group, wish in sorted(known, key=lambda one: one[0]):
            inferior.number_points_from(number)
            try:
                one = self._makers[group](wish)
            except DebuggerError as error:
                self._session.warn(f"{self._name(wish)} is not set again: {one_line(error)}")
                del self._groups[group][wish]
                continue
            self._groups[group][wish] = one
            self.changed(one)
        if self._kinds:
            inferior.number_points_from(max(self._kinds) + 1)
        self.learn_from(inferior)

    def _name(self, wish: Wish) -> str:
        if wish.kind != DATA:
            return str(wish.where)
        identity: str = wish.where[0]
        return self.data_names.get(identity, identity)

    def set_breakpoint(self, wish: Wish) -> Any:
        """Set a breakpoint of a wish.

        Raises:
            DebuggerError: its location, condition, count or message is none.
        """
        return self._session.program.set_breakpoint(
            wish.where,
            condition=wish.condition or None,
            hit_condition=wish.hits or None,
            log=wish.log.replace("\\{", "{{").replace("\\}", "}}") or None,
        )

    def set_watchpoint(self, wish: Wish) -> Any:
        """Watch the memory of an id that `dataBreakpointInfo` gave.

        Raises:
            DebuggerError: it cannot be watched, or its condition or count is none.
        """
        identity, access = wish.where
        address, _, length = identity.partition(",")
        try:
            place, size = int(address, 16), int(length)
        except ValueError:
            raise BadArgument(f"{identity!r:.60} is no dataId of dataBreakpointInfo") from None
        rule = HitRule.parse(wish.hits) if wish.hits else None
        return self._session.program.set_watchpoint(
            place,
            length=size,
            access=_ACCESSES.get(access, "write"),
            hardware=True,  # following every instruction is not what an editor's user expects of a click
            condition=wish.condition or None,
            callback=None if rule is None else lambda inferior, stop: rule.holds(stop.watchpoint.hit_count),
        )

    def shown(self, one: Any) -> Breakpoint:
        """Return how a break- or watchpoint is now."""
        found: Breakpoint = {"id": one.id, "verified": True}
        locations = getattr(one, "locations", None)
        if locations is None:
            if isinstance(one, Catchpoint):
                found["message"] = _written(one)
            return found
        if not locations:
            found["verified"] = False
            found["reason"] = "pending"
            found["message"] = one.problem or self._why_pending(one)
            return found
        first = min(locations, key=lambda place: (place.source.line if place.source else 0, place.address))
        found["instructionReference"] = f"{first.address:#x}"
        if first.source is not None:
            found["source"] = sources.source(self._session, first.source.path)
            found["line"] = self._session.client.line(first.source.line)
        if len(locations) > 1:
            # The protocol has no form for several places of one breakpoint; a client shows this.
            names = ", ".join(dict.fromkeys(place.function or f"{place.address:#x}" for place in locations))
            found["message"] = f"{len(locations)} locations: {names}"
        return found

    def _why_pending(self, one: Any) -> str:
        """Return what a breakpoint without a place waits for; a line of a known file waits in vain."""
        path, _, line = str(one.spec).rpartition(":")
        if not (path and line.isdigit()):
            return "waits for a library that has it"
        if self._session.program.source_files(path):
            return f"there is no code at line {line} of this file, nor behind it"
        return "waits for a library that has this file, as the compiler saw it (sourceMap)"

    def changed(self, one: Any) -> None:
        """Tell the client that a breakpoint has found a place, or lost one."""
        if one.id not in self.hidden and self._kinds.get(one.id) != EXCEPTIONS:
            self._session.event("breakpoint", {"reason": "changed", "breakpoint": self.shown(one)})

    def hit(self, stop: Any, breakpoints: tuple[Any, ...]) -> dict[str, Any]:
        """Return the body of `stopped` for a hit."""
        ids = [one.id for one in breakpoints if one.id not in self.hidden]
        kinds = [self._kinds.get(one.id, LINES) for one in breakpoints]
        if not ids:
            return {"reason": ENTRY, "description": "Paused on entry"}
        reason = kinds[0]
        found: dict[str, Any] = {
            "reason": reason,
            "description": f"Paused on {reason}",
            "hitBreakpointIds": ids,
        }
        if reason == EXCEPTIONS:
            found["text"] = self._names.get(ids[0], reason)
        for number, why in stop.condition_errors:
            found["text"] = f"the condition of breakpoint {number} cannot be evaluated: {why}"
        return found

    def name_of(self, one: Any) -> str:
        """Return what the client called it."""
        return self._names.get(one.id, _written(one))

    def learn_from(self, inferior: Inferior) -> None:
        """Tell the client of what was set or deleted elsewhere: on the console, or as the program went on."""
        points: tuple[Any, ...] = (*inferior.breakpoints, *inferior.watchpoints, *inferior.catchpoints)
        now: dict[int, Any] = {one.id: one for one in points}
        for number in now.keys() - self._kinds.keys() - self.hidden:
            self._kinds[number] = _kind(now[number])
            self._names[number] = _written(now[number])
            self._session.event("breakpoint", {"reason": "new", "breakpoint": self.shown(now[number])})
        for number in self._kinds.keys() - now.keys():
            del self._kinds[number]
            gone: Breakpoint = {"id": number, "verified": False}
            self._session.event("breakpoint", {"reason": "removed", "breakpoint": gone})


def _written(one: Any) -> str:
    """Return what a user wrote for it."""
    if isinstance(one, Catchpoint):
        return " ".join(["catch", one.kind, *map(str, one.names)])
    return str(one.spec)


def _kind(one: Any) -> str:
    """Return the kind of what was set elsewhere, as its text says it."""
    if isinstance(one, Catchpoint):
        return EXCEPTIONS
    if getattr(one, "locations", None) is None:
        return DATA
    return LINES if _LINE.search(str(one.spec)) else FUNCTIONS


_LINE = lazy(r"(^|:)\d+$")
