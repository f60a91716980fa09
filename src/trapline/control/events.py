"""Stops: what a user hears.  One immutable class a kind, usable in `match`, all a `Stop`.

A stop keeps the pc at which it was reported, so it prints the same line after a resume; its `frame`
belongs to the moment of the stop and turns stale with it.
"""

from __future__ import annotations

from trapline.backend.reasons import UNKNOWN_STATUS
from trapline.base.errors import StaleError
from trapline.base.fact import NamedTuple
from trapline.base.handles import Handle
from trapline.base.record import Record
from trapline.base.typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trapline.base.location import SourceLocation
    from trapline.control.breakpoints import Breakpoint
    from trapline.control.catchpoints import Catchpoint
    from trapline.control.target import Target
    from trapline.control.threads import Thread
    from trapline.control.watchpoints import Watchpoint
    from trapline.inspection.frame import Frame


_LONGEST = 300  # characters of a message in the line of a stop


class ExitStatus(Record):
    """How a process ended: `code` (0 to 255) or `signal` (its number); the other is None.

    Both are None when it was a child of this Python whose status another wait has taken, as `Popen.wait()`
    does, before we could see it.
    """

    __slots__ = ("code", "signal")
    code: int | None
    signal: int | None
    _defaults = {"code": None, "signal": None}  # noqa: RUF012 - a class constant of Record's protocol

    @classmethod
    def from_wait(cls, status: int) -> ExitStatus:
        """Return the meaning of a wait status.  Source: wait(2)."""
        if status == UNKNOWN_STATUS:
            return cls()
        if status & 0x7F:
            return cls(signal=status & 0x7F)
        return cls(code=status >> 8 & 0xFF)

    def __str__(self) -> str:
        if self.signal is not None:
            from trapline.control.signals import describe

            return f"killed by {describe(self.signal)}"
        if self.code is None:
            return "exited; another wait has taken its status"
        return f"exited with code {self.code}"


class Stop(Handle, Record):
    """Why and where the inferior stopped: `inferior`, `thread` (None after exit) and `frame`.

    `ended_watchpoints` are those that were deleted here, because their frame has been left.
    """

    __slots__ = ("_epoch", "_pc", "_target", "ended_watchpoints", "inferior", "thread")
    ended_watchpoints: tuple[Watchpoint, ...]
    inferior: Any
    thread: Thread | None
    _target: Target
    _pc: int | None
    _epoch: int
    _defaults = {  # noqa: RUF012 - a class constant of Record's protocol
        "_pc": None,
        "_epoch": -1,
        "ended_watchpoints": (),
        "thread": None,
    }

    @property
    def frame(self) -> Frame | None:
        """The frame that the thread was in; None after exit.

        Raises:
            StaleError: the inferior went on.
        """
        if self.thread is None or self._pc is None:
            return None
        if not self._target.is_now(self._epoch):
            raise StaleError("the inferior went on: the frame of this stop is no more")
        return self.thread.frames()[0]

    def _place(self) -> str:
        """` in thread 123 at 0x401136 <main+4>`, as far as it is known."""
        if self._pc is None:
            return ""
        who = f" in thread {self.thread.tid}" if self.thread is not None and self._target.is_threaded else ""
        return f"{who} at {self._target.describe(self._pc)}"

    def _what(self) -> str:
        return type(self).__name__

    def __str__(self) -> str:
        return self._what() + self._place()


class Caught(Stop):
    """A stop that catchpoints ask for: `catchpoints` are those that did, none where nobody had to.

    A temporary one among them is deleted.  `condition_errors` is as in `BreakpointHit`.
    """

    __slots__ = ("catchpoints", "condition_errors")
    catchpoints: tuple[Catchpoint, ...]
    condition_errors: tuple[tuple[int, str], ...]
    _defaults = Stop._defaults | {"catchpoints": (), "condition_errors": ()}

    def __str__(self) -> str:
        return f"{self._what()}{_in_conditions(self.condition_errors)}{self._place()}"


def _in_conditions(errors: tuple[tuple[int, str], ...]) -> str:
    """Return ` (error in testing condition for breakpoint 1: ...)`, or ""."""
    return "".join(f" (error in testing condition for breakpoint {number}: {why})" for number, why in errors)


def _one_line(text: str) -> str:
    """Return a message of the program as one line that is not too long to be read."""
    line = " ".join(part.strip() for part in text.splitlines())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


class BreakpointHit(Stop):
    """One or more breakpoints at one address; all that asked for the stop.

    `numbers` are theirs, with that of the location (`1.2`) where a breakpoint has several;
    `condition_errors` says, by id, why a condition could not be evaluated, which is a stop too.
    """

    __slots__ = ("breakpoints", "condition_errors", "numbers")
    breakpoints: tuple[Breakpoint, ...]
    condition_errors: tuple[tuple[int, str], ...]
    numbers: tuple[str, ...]
    _defaults = Stop._defaults | {"condition_errors": ()}

    def _what(self) -> str:
        names = ", ".join(self.numbers)
        return f"breakpoint {names} hit{_in_conditions(self.condition_errors)}"


class WatchpointChange(NamedTuple):
    """What one watchpoint saw of an access; see `WatchpointHit`."""

    watchpoint: Watchpoint
    old: Any
    new: Any

    def __str__(self) -> str:
        old, new = _one_line(_text(self.old)), _one_line(_text(self.new))
        change = f"{old} -> {new}" if old != new else f"value {new}"
        return f"watchpoint {self.watchpoint.id} hit: {change}"


class WatchpointHit(Stop):
    """Watched memory was accessed; `old` and `new` are its value before and after.

    One instruction may be the hit of several watchpoints: `changes` are all of them that ask for the stop,
    each a `WatchpointChange(watchpoint, old, new)`, by number; `watchpoint`, `old` and `new` are the first
    one's.  The values are `Value`s of the expression's type, which print after a resume too; unsigned
    integers where an address or a symbol is watched, of which no type is known; `"<unreadable>"` where a
    pointer on the way leads nowhere.

    `breakpoints` and `numbers` are those that are hit where the access has led to, () mostly;
    `condition_errors` is as in `BreakpointHit`.
    """

    __slots__ = ("breakpoints", "changes", "condition_errors", "numbers")
    __match_args__ = ("watchpoint", "old", "new", "changes", "breakpoints", "numbers", "condition_errors")
    breakpoints: tuple[Breakpoint, ...]
    changes: tuple[WatchpointChange, ...]
    condition_errors: tuple[tuple[int, str], ...]
    numbers: tuple[str, ...]
    _defaults = Stop._defaults | {"breakpoints": (), "condition_errors": (), "numbers": ()}

    @property
    def watchpoint(self) -> Watchpoint:
        """The first watchpoint that asks for the stop."""
        return self.changes[0].watchpoint

    @property
    def old(self) -> Any:
        """Its value before."""
        return self.changes[0].old

    @property
    def new(self) -> Any:
        """Its value now."""
        return self.changes[0].new

    def _what(self) -> str:
        hits = [str(one) for one in self.changes]
        if self.numbers:
            hits.append(f"breakpoint {', '.join(self.numbers)} hit")
        return f"{'; '.join(hits)}{_in_conditions(self.condition_errors)}"


class WatchpointEnded(Stop):
    """The frame was left in which a watchpoint's expression means something; the watchpoint is deleted.

    `watchpoint` is the first of `ended_watchpoints`.
    """

    __slots__ = ()
    __match_args__ = ("watchpoint",)

    @property
    def watchpoint(self) -> Watchpoint:
        """The first that has ended."""
        return self.ended_watchpoints[0]

    def _what(self) -> str:
        several = len(self.ended_watchpoints) > 1
        numbers = ", ".join(str(one.id) for one in self.ended_watchpoints)
        its = "their expressions" if several else "its expression"
        return f"watchpoint{'s' if several else ''} {numbers} deleted, the block of {its} is left"


def _text(value: Any) -> str:
    """Return a watched value in words; an integer is one without a type, a bit pattern."""
    return f"{value:#x}" if isinstance(value, int) else str(value)


class SignalReceived(Caught):
    """A signal, before its delivery; `address` is what a fault accessed, else None.

    `reason` is why the program ended itself, where it is a SIGABRT of its own: what a failed assertion, the
    C library or an exception that nobody catches says; "" where nothing does.
    """

    __slots__ = ("address", "reason", "signal")
    signal: int
    address: int | None
    reason: str
    _defaults = Caught._defaults | {"reason": ""}

    def _what(self) -> str:
        from trapline.control.signals import describe

        where = f", address {self.address:#x}" if self.address is not None else ""
        why = f": {self.reason}" if self.reason else ""
        return f"received {describe(self.signal)}{where}{why}"


class StepFinished(Stop):
    """The step that was asked for is done."""

    __slots__ = ()

    def _what(self) -> str:
        return "step finished"


class FunctionFinished(Stop):
    """The function returned; `value` is its result (without debug information: a 64-bit integer).

    An inlined call has none: None.
    """

    __slots__ = ("value",)
    value: Any

    def _what(self) -> str:
        if self.value is None:
            return "function finished"
        shown = f"{self.value:#x}" if isinstance(self.value, int) else str(self.value)
        return f"function finished with {shown}"


class SyscallEntry(Caught):
    """A thread is about to make a system call."""

    __slots__ = ("arguments", "name", "number")
    name: str
    number: int
    arguments: tuple[int, ...]

    def replace(self, name: str | int | None = None, arguments: tuple[int, ...] | None = None) -> None:
        """Make another system call, or this one with other arguments, instead.

        Raises:
            StaleError: the inferior went on.
        """
        self._target.syscalls.replace_entry(self, name, arguments)

    def skip(self, result: int) -> None:
        """Do not make the call; the program sees `result` (`-errno` for a failure).

        Its `SyscallReturn` still comes.

        Raises:
            StaleError: the inferior went on.
        """
        self._target.syscalls.skip(self, result)

    def _what(self) -> str:
        return f"entering {self.name}({', '.join(f'{value:#x}' for value in self.arguments)})"


class SyscallReturn(Caught):
    """A thread has made a system call; `result` is raw, `-errno` on failure."""

    __slots__ = ("name", "number", "result")
    name: str
    number: int
    result: int

    def replace(self, result: int) -> None:
        """Let the program see another result.

        Raises:
            StaleError: the inferior went on.
        """
        self._target.syscalls.replace_result(self, result)

    def _what(self) -> str:
        return f"{self.name} returned {self.result}"


class Forked(Caught):
    """A new process; `child` is its Inferior where forks are followed both ways, else its pid.

    `shares_memory` says that it runs in its parent's memory until it execs or ends, as vfork's does.
    """

    __slots__ = ("child", "shares_memory")
    child: Any
    shares_memory: bool
    _defaults = Caught._defaults | {"shares_memory": False}

    def _what(self) -> str:
        return f"forked process {getattr(self.child, 'pid', self.child)}"


class Execed(Caught):
    """The process runs another program now."""

    __slots__ = ("path",)
    path: str

    def _what(self) -> str:
        return f"now running {self.path}"


class ThreadStarted(Caught):
    """A new thread, before its first instruction."""

    __slots__ = ()

    def _what(self) -> str:
        return "thread started"


class ThreadExited(Caught):
    """A thread has ended; `tid` says which."""

    __slots__ = ("tid",)
    tid: int

    def _what(self) -> str:
        return f"thread {self.tid} exited"


class LibraryLoaded(Caught):
    """Shared libraries were loaded or unloaded: `modules` and `unloaded`."""

    __slots__ = ("modules", "unloaded")
    modules: tuple[Any, ...]
    unloaded: tuple[Any, ...]

    def _what(self) -> str:
        parts = []
        if self.modules:
            parts.append("loaded " + ", ".join(module.name for module in self.modules))
        if self.unloaded:
            parts.append("unloaded " + ", ".join(module.name for module in self.unloaded))
        return "; ".join(parts) or "libraries changed"


class ExceptionThrown(Caught):
    """A C++ exception is thrown, thrown again or caught (`kind`), or a Rust program panics.

    `type` is the exception's type as people write it, "panic" for a panic; `message` what its `what()` says
    (of a number or text that is thrown, itself), or the panic's message, None where memory alone does not
    tell; `address` the load address of the object, or None; `source` where a panic says that it began.
    """

    __slots__ = ("address", "kind", "message", "source", "type")
    address: int | None
    kind: str
    message: str | None
    source: SourceLocation | None
    type: str
    _defaults = Caught._defaults | {"address": None, "source": None}

    @property
    def catchpoint(self) -> Catchpoint:
        """Who asked; the first of `catchpoints`."""
        return self.catchpoints[0]

    def _what(self) -> str:
        done = {"throw": "thrown", "rethrow": "rethrown", "catch": "caught"}.get(self.kind)
        text = f"exception {done}: {self.type}" if done is not None else self.type
        if self.message is not None:
            text += f": {_one_line(self.message)}"
        return text if self.source is None else f"{text} ({self.source})"


class Aborting(Caught):
    """The program is about to end itself, by `kind`: "assert", a failed assertion, or "abort".

    `reason` is what tells why: of an abort what the C library or `std::terminate()` says, "" where nothing
    does; of an assertion its parts in a line, which are `expression`, `source` and `function` (None for an
    abort, and where the program does not say).
    """

    __slots__ = ("expression", "function", "kind", "reason", "source")
    expression: str | None
    function: str | None
    kind: str
    reason: str
    source: SourceLocation | None
    _defaults = Caught._defaults | {"expression": None, "function": None, "source": None}

    def _what(self) -> str:
        what = "assertion failed" if self.kind == "assert" else "abort called"
        return f"{what}: {_one_line(self.reason)}" if self.reason else what


class Interrupted(Stop):
    """Somebody called `interrupt()` or pressed Ctrl-C; nothing happened in the program."""

    __slots__ = ()

    def _what(self) -> str:
        return "interrupted"


class Exited(Stop):
    """The process is gone; `status` says how."""

    __slots__ = ("status",)
    status: ExitStatus

    def _what(self) -> str:
        return str(self.status)
