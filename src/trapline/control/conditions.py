"""Conditions: what must be true for a pass of a breakpoint, or an access, to count.

Imported with the first condition, for the expression language comes with it.  A condition is parsed once
for each place, and evaluated in the frame of the thread that is there; the other threads go on meanwhile.
Where it has a quick form (see `inspection.quick`), a hit for which it is false builds no frame and no value.

Source: gdb 13, bpstat_check_breakpoint_conditions.
"""

from __future__ import annotations

from trapline.base import arguments
from trapline.base.errors import DebuggerError, MemoryFault
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING, TypeAlias
from trapline.inspection import variables
from trapline.inspection.code_names import CodeNames
from trapline.inspection.evaluate import Evaluator
from trapline.inspection.names import FrameScope
from trapline.inspection.quick import NotQuick, quick

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trapline.backend.process import Concerns, LiveThread
    from trapline.control.breakpoints import Breakpoint
    from trapline.control.target import Target
    from trapline.inspection.frame import Frame
    from trapline.inspection.language.tree import Node
    from trapline.inspection.quick import Number, Read
    from trapline.symbols.functions import Function


class _Parsed(NamedTuple):
    """A condition as it is understood at one place."""

    tree: Node
    language: str


class _Expression:
    """One condition's text, and its evaluation in a frame; `error` is why the last one failed, else ""."""

    __slots__ = ("_is_busy", "_target", "error", "text")

    def __init__(self, target: Target, text: str) -> None:
        self._target = target
        self._is_busy = False
        self.text = arguments.text(text, "condition")
        self.error = ""

    def _holds(self, frame: Frame, parsed: _Parsed) -> bool:
        """Whether it is true in a frame; one that cannot be evaluated is, so that somebody looks at it.

        What the functions that it calls pass is no pass of the program's: so a function's own breakpoint
        may call it.
        """
        if self._is_busy:
            return False
        target = self._target
        scope = FrameScope(target, frame, parsed.language)
        guard = target.family.guard
        inside, guard.inside = guard.inside, False
        target.depth += 1
        self._is_busy = True
        self.error = ""
        try:
            return bool(Evaluator(scope).value(parsed.tree))
        except DebuggerError as error:
            if not target.process.alive:
                target.family.failure = error  # it called a function that ended the process
                return True
            return self._fail(said(error))
        except BaseException as error:
            target.family.failure = error  # Ctrl-C while it called one
            return True
        finally:
            self._is_busy = False
            target.depth -= 1
            guard.inside = inside

    def _fail(self, error: str) -> bool:
        self.error = error
        return True


class Condition(_Expression):
    """The condition of a breakpoint.

    `refused` says, by load address, why it means nothing at some of the breakpoint's places: those are not
    in force, as in gdb.
    """

    __slots__ = ("_parsed", "_quick", "_told", "refused")

    def __init__(self, target: Target, text: str) -> None:
        super().__init__(target, text)
        self._parsed: dict[int, _Parsed] = {}
        self._quick: dict[int, Number | None] = {}
        self._told: set[int] = set()
        self.refused: dict[int, str] = {}

    def admit(self, address: int) -> None:
        """Parse it for a place, or note in `refused` why it means nothing there."""
        names = CodeNames(self._target, address)
        self.refused.pop(address, None)
        self._quick.pop(address, None)
        try:
            self._parsed[address] = _Parsed(names.parse(self.text), names.language)
        except DebuggerError as error:
            self.refused[address] = str(error)

    def untold(self) -> list[tuple[int, str]]:
        """Return what has been refused since this was last asked."""
        fresh = [(address, why) for address, why in self.refused.items() if address not in self._told]
        self._told.update(self.refused)
        return fresh

    def forget(self, address: int) -> None:
        """Forget a place that is gone."""
        self._parsed.pop(address, None)
        self._quick.pop(address, None)
        self.refused.pop(address, None)
        self._told.discard(address)

    def filter(self, address: int, breakpoint: Breakpoint) -> Concerns | None:
        """Return what says of further passes at a place whether the breakpoint is to be asked; None: always.

        It is for a breakpoint that every thread passes alike, each pass a hit of its own.
        """
        test = self._quick.get(address)
        if test is None or breakpoint.thread_id is not None or breakpoint.places.rows is not None:
            return None

        def concerns(words: Sequence[int], read: Read) -> bool:
            # A module that comes may make rows of one line of its places.
            if breakpoint.wish is not self or breakpoint.places.rows is not None or self.error:
                return True
            try:
                return test(words, read) != 0
            except (NotQuick, DebuggerError):
                return True

        return concerns

    def holds(self, address: int, thread: LiveThread) -> bool:
        """Whether it is true for a thread at one of the places; see `error` when it is."""
        test = self._quick.get(address)
        if test is not None:
            try:
                is_true = test(thread.words, self._target.process.read) != 0
            except (NotQuick, MemoryFault):
                pass  # evaluated in full it fails in the user's words
            else:
                self.error = ""
                return is_true
        frame, parsed = self._target.thread(thread.tid).frames()[0], self._parsed[address]
        if address not in self._quick:
            self._quick[address] = quick(parsed.tree, frame, FrameScope(self._target, frame, parsed.language))
        return self._holds(frame, parsed)


class FrameCondition(_Expression):
    """The condition of a watch- or catchpoint: its names mean what they do in the frame in which it is set.

    Where those are local to a function, it is evaluated in that function's innermost frame.
    """

    __slots__ = ("_function", "_parsed")

    def __init__(self, target: Target, text: str) -> None:
        """Parse it for the selected frame.

        Raises:
            EvaluationError: it is no expression, or a name means nothing there.
        """
        super().__init__(target, text)
        frame = target.current_frame(target.level)
        names = CodeNames(target, frame.activation.place, frame.depth)
        self._parsed = _Parsed(names.parse(text), names.language)
        self._function: _Identity | None = None
        if names.uses_locals(self._parsed.tree):
            self._function = _identity(names.function)

    def copy_for(self, target: Target) -> FrameCondition:
        """Return the same for a fork child."""
        twin = FrameCondition.__new__(FrameCondition)
        _Expression.__init__(twin, target, self.text)
        twin._parsed, twin._function = self._parsed, self._function
        return twin

    def holds(self, thread: LiveThread) -> bool:
        """Whether it is true for a thread; see `error` when it is."""
        frames = self._target.thread(thread.tid).frames()
        if self._function is None:
            return self._holds(frames[0], self._parsed)
        for frame in frames:
            if _identity(variables.function_of(frame)) == self._function:
                return self._holds(frame, self._parsed)
        return self._fail(f"{self._function[0]}, whose variables it names, is not on this thread's stack")


_Identity: TypeAlias = "tuple[str, tuple[tuple[int, int], ...]]"
"""What a function is known by in every run of a program: its name and its code, as file addresses."""


def _identity(function: Function | None) -> _Identity | None:
    return (function.name, function.ranges) if function is not None else None


def said(error: DebuggerError) -> str:
    """Return an error in gdb's words."""
    if isinstance(error, MemoryFault):
        return f"Cannot access memory at address {error.address:#x}"
    return str(error)
