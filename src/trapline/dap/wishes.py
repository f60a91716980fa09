"""What the client wants to stop at, kept beside the library's break-, watch- and catchpoints.

The client sends whole lists; what is in force already stays as it is, with its id and its count.  Ids are
the library's: one counter for every kind, no number twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from trapline.base.errors import DebuggerError
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

_HITS = re.compile(r"\s*(==|=|>=|>|<=|<|%)?\s*(\d{1,18})\s*")
_TESTS: dict[str, Callable[[int, int], bool]] = {
    "==": lambda count, wanted: count == wanted,
    "=": lambda count, wanted: count == wanted,
    ">=": lambda count, wanted: count >= wanted,
    ">": lambda count, wanted: count > wanted,
    "<=": lambda count, wanted: count <= wanted,
    "<": lambda count, wanted: count < wanted,
    "%": lambda count, wanted: wanted > 0 and count % wanted == 0,
}


class Wish(NamedTuple):
    """One thing to stop at, as the client wrote it."""

    kind: str
    where: Any
    """What `set_breakpoint` takes; of data the id that `dataBreakpointInfo` gave."""
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
        self._groups: dict[str, dict[Wish, Any]] = {}
        """By kind, lines also by file: what was asked for, and the library's object for it."""
        self._kinds: dict[int, str] = {}
        self._names: dict[int, str] = {}
        self.hidden: set[int] = set()
        """Ids of breakpoints of ours that the client does not know."""

    def replace(self, group: str, wanted: list[Wish], make: Callable[[Wish], Any]) -> list[Breakpoint]:
        """Put a list in the place of the former one of its group, and return how each element is.

        Args:
            group: the kind, or for lines the kind and the file.
            wanted: what is to be in force.
            make: sets one, and returns the library's object.
        """
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
            self._names[one.id] = str(wish.where)
            answers.append(self.shown(one))
        self._groups[group] = after
        return answers

    def set_breakpoint(self, wish: Wish) -> Any:
        """Set a breakpoint of a wish.

        Raises:
            DebuggerError: its location, condition or count is none.
        """
        return self._session.program.set_breakpoint(
            wish.where, condition=wish.condition or None, callback=self.callback(wish)
        )

    def callback(self, wish: Wish) -> Callable[[Any, Any], bool] | None:
        """Return what decides about a hit where a count or a message is asked for.

        Raises:
            BadArgument: the count is none.
        """
        test = _counted(wish.hits) if wish.hits else None
        if test is None and not wish.log:
            return None
        parts = split_message(wish.log) if wish.log else []

        def decide(inferior: Any, hit: Any) -> bool:
            breakpoint = hit if hasattr(hit, "hit_count") else hit.watchpoint
            if test is not None and not test(breakpoint.hit_count):
                return False
            if not parts:
                return True
            self._log(inferior, parts)
            return False

        return decide

    def _log(self, inferior: Any, parts: list[tuple[bool, str]]) -> None:
        words = []
        for is_expression, text in parts:
            if not is_expression:
                words.append(text)
                continue
            try:
                words.append(str(inferior.evaluate(text)))
            except DebuggerError as error:
                words.append(f"<{' '.join(str(error).split())}>")
        place = sources.place_of(self._session, inferior.frame.location)
        self._session.output("console", "".join(words) + "\n", **place)

    def shown(self, one: Any) -> Breakpoint:
        """Return how a break- or watchpoint is now."""
        found: Breakpoint = {"id": one.id, "verified": True}
        locations = getattr(one, "locations", None)
        if locations is None:
            return found
        if not locations:
            found["verified"] = False
            found["reason"] = "pending"
            found["message"] = one.problem or "waits for a library that has it"
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
        return self._names.get(one.id, str(one.id))

    def is_exception(self, number: int) -> bool:
        """Whether an id is that of an exception breakpoint."""
        return self._kinds.get(number) == EXCEPTIONS

    def known(self, number: int) -> bool:
        """Whether the client knows a breakpoint."""
        return number in self._kinds or number in self.hidden

    def learn_from(self, inferior: Inferior) -> None:
        """Take in what was set or deleted elsewhere, on the console, and tell the client of it."""
        now: dict[int, Any] = {one.id: one for one in inferior.breakpoints}
        now.update((one.id, one) for one in inferior.watchpoints)
        for number in now.keys() - self._kinds.keys() - self.hidden:
            self._kinds[number] = FUNCTIONS
            self._names[number] = str(now[number].spec)
            self._session.event("breakpoint", {"reason": "new", "breakpoint": self.shown(now[number])})
        for number in self._kinds.keys() - now.keys():
            del self._kinds[number]
            gone: Breakpoint = {"id": number, "verified": False}
            self._session.event("breakpoint", {"reason": "removed", "breakpoint": gone})


def _counted(text: str) -> Callable[[int], bool]:
    found = _HITS.fullmatch(text)
    if found is None:
        raise BadArgument(f"{text!r} is no count of hits; write 3, >= 3, == 3, < 3 or % 3")
    test, wanted = _TESTS[found[1] or ">="], int(found[2])
    return lambda count: test(count, wanted)


def split_message(text: str) -> list[tuple[bool, str]]:
    r"""Return the parts of a log message: (is an expression, text); `\{` is a brace.

    Braces in an expression are counted, so that `{f({1})}` is one.
    """
    parts: list[tuple[bool, str]] = []
    plain, at = "", 0
    while at < len(text):
        if text[at] == "\\" and text[at + 1 : at + 2] in ("{", "}"):
            plain += text[at + 1]
            at += 2
            continue
        end = _closing(text, at) if text[at] == "{" else 0
        if end:
            parts.append((False, plain))
            parts.append((True, text[at + 1 : end].strip()))
            plain, at = "", end + 1
            continue
        plain += text[at]
        at += 1
    parts.append((False, plain))
    return [part for part in parts if part[1]]


def _closing(text: str, start: int) -> int:
    """Return where the brace at `start` is closed; 0: nowhere."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] == "{") - (text[at] == "}")
        if not depth:
            return at
    return 0
