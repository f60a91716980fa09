"""Catchpoints: stop on an event of the process rather than at a place."""

from __future__ import annotations

from trapline.arch import syscalls
from trapline.base import arguments
from trapline.base.errors import UsageError
from trapline.base.handles import Handle
from trapline.base.patterns import compiled
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.control import signals
from trapline.control.breakpoints import require_callable

if TYPE_CHECKING:
    from trapline.backend.process import LiveThread
    from trapline.control.breakpoints import Breakpoint, Callback
    from trapline.control.conditions import FrameCondition
    from trapline.control.events import Stop
    from trapline.control.target import Target
    from trapline.symbols.module import Module

EXCEPTIONS = ("throw", "rethrow", "catch", "panic")
ABORTS = ("abort", "assert")
LIBRARIES = ("load", "unload")
KINDS = ("syscall", "signal", "fork", "vfork", "exec", "clone", "exit", *LIBRARIES, *EXCEPTIONS, *ABORTS)
_NARROWED = ("syscall", "signal", *LIBRARIES, *EXCEPTIONS, *ABORTS)


class Catchpoint(Handle):
    """A wish to hear of an event.

    `kind` is one of `KINDS`; `names` narrows system calls, signals, libraries, exceptions and aborts (empty:
    all).  "clone" gives `ThreadStarted`, "exit" `ThreadExited`, those of `LIBRARIES` give `LibraryLoaded`,
    those of `EXCEPTIONS` `ExceptionThrown`, those of `ABORTS` `Aborting`.  `hit_count` counts events for
    which the condition held.  A `temporary` one is deleted when it has stopped the program.  `ignore_count`
    is how many events are to be counted only; assignable.
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
        "wish",
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
        enabled: bool = True,
    ) -> None:
        if arguments.text(kind, "kind") not in KINDS:
            import difflib

            near = difflib.get_close_matches(kind, KINDS, 2)
            hint = f"; near: {', '.join(near)}" if near else ""
            raise UsageError(f"cannot catch {kind!r}: kinds are {', '.join(KINDS)}{hint}")
        if names and kind not in _NARROWED:
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
        self.wish: FrameCondition | None = None
        self._enabled = enabled
        self.numbers: frozenset[int] = frozenset()
        if kind == "syscall":
            self.numbers = frozenset(number for name in names for number in syscalls.numbers_of(name))
        elif kind == "signal":
            self.numbers = frozenset(signals.number_of(name) for name in names)
        elif kind in LIBRARIES:
            for name in names:
                compiled(name)

    @property
    def calls(self) -> tuple[tuple[str, int], ...]:
        """Name and number of each system call that is meant, by the names given; () for all."""
        if self.kind != "syscall":
            return ()
        return tuple(
            (syscalls.name_of(number), number) for name in self.names for number in syscalls.numbers_of(name)
        )

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

    @property
    def condition(self) -> str | None:
        """The expression that must be true for an event to count; None for none.  Assignable.

        Its names mean what they mean in the selected frame when it is set: those of locals, in the
        innermost frame of that function when something happens.

        Raises:
            EvaluationError: on assignment, it is no expression, or a name means nothing there.
        """
        return self.wish.text if self.wish is not None else None

    @condition.setter
    def condition(self, text: str | None) -> None:
        self._target.owner.check()
        if text is None:
            self.wish = None
            return
        if self.kind == "exit":
            raise UsageError("catch exit takes no condition: of a thread that has ended nothing can be read")
        self._target.require_stopped()
        from trapline.control.conditions import FrameCondition

        self.wish = FrameCondition(self._target, text)

    def wants(self, number: int) -> bool:
        """Whether a system call or signal of this number is meant."""
        return not self.numbers or number in self.numbers

    def wants_one_of(self, modules: list[Module]) -> bool:
        """Whether a library is among those that are meant; a pattern with a slash is for whole paths."""
        patterns = [compiled(name) for name in self.names]
        return bool(modules) and (
            not patterns
            or any(
                pattern.search(module.path if "/" in pattern.pattern else module.name)
                for pattern in patterns
                for module in modules
            )
        )

    def happened(self, thread: LiveThread, kind: type[Stop], /, **fields: Any) -> bool:
        """Decide about an event that it waits for: the condition, its count, the callback, or a stop."""
        wish = self.wish
        errors: tuple[tuple[int, str], ...] = ()
        if wish is not None:
            if not wish.holds(thread):
                return False
            if wish.error:
                errors = ((self.id, wish.error),)
        self.hit_count += 1
        return self._target.caught(self, thread, kind, catchpoints=(self,), condition_errors=errors, **fields)

    def copy_to(self, target: Target) -> Catchpoint:
        """Return the copy that a fork child starts with."""
        twin = type(self)(
            target,
            self.id,
            self.kind,
            self.names,
            self.callback,
            temporary=self.temporary,
            enabled=self._enabled,
        )
        twin.ignore_count = self.ignore_count
        twin.wish = self.wish.copy_for(target) if self.wish is not None else None
        for site in twin.sites:
            target.bind(site)
        return twin


def made(
    target: Target,
    kind: str,
    names: tuple[str | int, ...],
    callback: Callback | None,
    *,
    condition: str | None,
    temporary: bool,
) -> Catchpoint:
    """Return a catchpoint of a kind, not yet known to the target."""
    require_callable(callback)
    made = _class_of(kind)(target, 0, kind, names, callback, temporary=temporary)
    made.condition = condition
    return made


def names_of(kind: str) -> tuple[str, ...]:
    """Return the names that can narrow a kind of catchpoint; none where anything can."""
    if kind == "syscall":
        return syscalls.names()
    if kind == "signal":
        return tuple(signals.name(number) for number in range(1, signals.COUNT + 1))
    return ()


def _class_of(kind: str) -> type[Catchpoint]:
    if kind in EXCEPTIONS:
        from trapline.control.exceptions import ExceptionCatchpoint

        return ExceptionCatchpoint
    if kind in ABORTS:
        from trapline.control.aborts import AbortCatchpoint

        return AbortCatchpoint
    return Catchpoint
