"""Catchpoints: stop on an event of the process rather than at a place."""

from __future__ import annotations

from trapline.arch import syscalls
from trapline.base.errors import UsageError
from trapline.base.typing import TYPE_CHECKING
from trapline.control import signals

if TYPE_CHECKING:
    from trapline.control.breakpoints import Breakpoint, Callback
    from trapline.control.target import Target

EXCEPTIONS = ("throw", "rethrow", "catch", "panic")
KINDS = ("syscall", "signal", "fork", "vfork", "exec", "clone", "exit", "load", *EXCEPTIONS)


class Catchpoint:
    """A wish to hear of an event.

    `kind` is one of `KINDS`; `names` narrows system calls, signals, libraries and exceptions (empty: all).
    "clone" gives `ThreadStarted`, "exit" `ThreadExited`, "load" `LibraryLoaded`, those of `EXCEPTIONS` give
    `ExceptionThrown`.  A `temporary` one is deleted when it has stopped the program.  `ignore_count` is how
    many events are to be counted only; assignable.
    """

    __slots__ = (
        "_enabled",
        "_target",
        "callback",
        "deleted",
        "hit_count",
        "id",
        "ignore_count",
        "kind",
        "names",
        "numbers",
        "temporary",
    )

    sites: tuple[Breakpoint, ...] = ()
    """Where in the program it waits, if it waits at places."""

    def __init__(
        self,
        target: Target,
        number: int,
        kind: str,
        names: tuple[str | int, ...],
        callback: Callback | None,
        *,
        temporary: bool = False,
    ) -> None:
        if kind not in KINDS:
            import difflib

            near = difflib.get_close_matches(kind, KINDS, 2)
            hint = f"; near: {', '.join(near)}" if near else ""
            raise UsageError(f"cannot catch {kind!r}: kinds are {', '.join(KINDS)}{hint}")
        if names and kind not in ("syscall", "signal", "load", *EXCEPTIONS):
            raise UsageError(f"catch {kind} takes no names")
        self._target = target
        self.id = number
        self.kind = kind
        self.names = names
        self.callback = callback
        self.temporary = temporary
        self.hit_count = 0
        self.ignore_count = 0
        self.deleted = False
        self._enabled = True
        self.numbers: frozenset[int] = frozenset()
        if kind == "syscall":
            self.numbers = frozenset(syscalls.number_of(name) for name in names)
        elif kind == "signal":
            self.numbers = frozenset(signals.number_of(name) for name in names)

    def __repr__(self) -> str:
        what = " ".join(str(name) for name in self.names)
        return f"<Catchpoint {self.id} {self.kind} {what}: {self.hit_count} hits>".replace(" :", ":")

    @property
    def enabled(self) -> bool:
        """Whether it is in force."""
        return self._enabled

    def enable(self) -> None:
        """Put it in force."""
        self._target.owner.check()
        if self.deleted:
            raise UsageError(f"catchpoint {self.id} has been deleted")
        self._enabled = True
        self._target.catches_changed()

    def disable(self) -> None:
        """Take it out of force; it stays known."""
        self._target.owner.check()
        self._enabled = False
        self._target.catches_changed()

    def delete(self) -> None:
        """Forget it."""
        self._target.owner.check()
        if not self.deleted:
            self.deleted = True
            self._target.catchpoints.pop(self.id, None)
            self._target.catches_changed()

    def wants(self, number: int) -> bool:
        """Whether a system call or signal of this number is meant."""
        return not self.numbers or number in self.numbers

    def copy_to(self, target: Target) -> Catchpoint:
        """Return the copy that a fork child starts with."""
        twin = Catchpoint(target, self.id, self.kind, self.names, self.callback, temporary=self.temporary)
        twin._enabled = self._enabled
        twin.ignore_count = self.ignore_count
        return twin


def made(
    target: Target, kind: str, names: tuple[str | int, ...], callback: Callback | None, *, temporary: bool
) -> Catchpoint:
    """Return a catchpoint of a kind, not yet known to the target."""
    if kind in EXCEPTIONS:
        from trapline.control.exceptions import ExceptionCatchpoint

        return ExceptionCatchpoint(target, 0, kind, names, callback, temporary=temporary)
    return Catchpoint(target, 0, kind, names, callback, temporary=temporary)
