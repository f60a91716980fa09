"""What a `frameId` and a `variablesReference` stand for."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from trapline.base.errors import DebuggerError, StaleError, ThreadGone, UsageError
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING, Protocol
from trapline.inspection import parts

if TYPE_CHECKING:
    from trapline.control.threads import Thread
    from trapline.inspection.frame import Frame
    from trapline.inspection.value import Value
    from trapline.inspection.variables import Variables as FrameVariables


class Place:
    """A frame by its thread and its level: a call or an assignment of the user's does not make it stale."""

    __slots__ = ("_frame", "thread")

    def __init__(self, thread: Thread, frame: Frame) -> None:
        self.thread = thread
        self._frame = frame

    @property
    def frame(self) -> Frame:
        """The frame as it is now.

        Raises:
            StaleError: the stack has not so many any more.
            ThreadGone: the thread has ended.
        """
        if self.thread.state == "gone":
            raise ThreadGone(self.thread.tid)
        try:
            self._frame.check()
        except StaleError:
            found = self.thread.frames().at(self._frame.level)
            if found is None:
                raise
            self._frame = found
        return self._frame


class Item(NamedTuple):
    """One variable of a container; `expression` is "" where none means it.

    `text` is what is shown for it where that is not the value's own text; `is_wanted` says that the client
    has asked for this one whatever it costs.
    """

    name: str
    value: Value
    expression: str
    text: str = ""
    is_wanted: bool = False


class Group(NamedTuple):
    """Variables that are shown one level deeper, under a name."""

    name: str
    container: Container


class Container(Protocol):
    """Something with variables in it."""

    def items(self, start: int, count: int | None, only: str) -> Iterator[Item | Group]:
        """Give the variables from the `start`th on; `only` is "named", "indexed" or ""."""
        ...

    def item(self, name: str) -> Item:
        """Return the variable of a name.

        Raises:
            UsageError: there is none.
        """
        ...


class _Named:
    """Variables that all have names, found by walking through them."""

    def _all(self) -> Iterator[Item | Group]:
        raise NotImplementedError

    def items(self, start: int, count: int | None, only: str) -> Iterator[Item | Group]:
        """Give the variables from the `start`th on."""
        if only == "indexed":
            return iter(())
        return itertools.islice(self._all(), start, None if count is None else start + count)

    def item(self, name: str) -> Item:
        """Return the variable of a name."""
        for item in self._all():
            if item.name == name and isinstance(item, Item):
                return item
        raise UsageError(f"there is no variable {name!r} here")


class Variables(_Named):
    """The locals of a frame, innermost block first, its arguments, or both; hidden ones too."""

    def __init__(self, place: Place, *, arguments: bool = False, locals_: bool = False) -> None:
        """Note which."""
        self._place = place
        self._arguments = arguments
        self._locals = locals_

    def _all(self) -> Iterator[Item]:
        frame = self._place.frame
        seen: set[str] = set()
        yield from self._named(frame.locals, seen, is_wanted=self._locals)
        if self._arguments:
            yield from self._named(frame.arguments, seen, is_wanted=True)

    @staticmethod
    def _named(variables: FrameVariables, seen: set[str], *, is_wanted: bool) -> Iterator[Item]:
        for block in variables.blocks:
            for variable in block:
                name = variable.name or ""
                if not name:
                    continue
                hidden = name in seen
                seen.add(name)
                if is_wanted:
                    # No expression means a variable that an inner one hides.
                    shown, expression = (f"{name} (hidden)", "") if hidden else (name, name)
                    yield Item(shown, variables.value(variable), expression)


class Registers(_Named):
    """The registers that are known in a frame; of the innermost one also those of the other groups."""

    def __init__(self, place: Place) -> None:
        """Note whose."""
        self._place = place

    def _all(self) -> Iterator[Item | Group]:
        frame = self._place.frame
        yield from _registers(frame, frame.registers)
        if frame.level:
            return  # a call may have changed all others
        for name, (group, beginnings) in _GROUPS.items():
            names = self._place.thread.registers.groups()[group]
            container = RegisterGroup(self._place, [one for one in names if one.startswith(beginnings)])
            if next(container.items(0, 1, ""), None) is not None:
                yield Group(name, container)


_GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Floating point": ("float", ("",)),
    "SSE": ("vector", ("mxcsr", "xmm")),
    "AVX": ("vector", ("ymm",)),
    "AVX-512": ("vector", ("k", "zmm")),
}
"""Names of groups; gdb's group, and how the names of its registers begin that are in ours."""


class RegisterGroup(_Named):
    """Those registers of some that this processor has."""

    def __init__(self, place: Place, names: list[str]) -> None:
        """Note whose, and which."""
        self._place = place
        self._names = names

    def _all(self) -> Iterator[Item | Group]:
        return _registers(self._place.frame, self._names)


def _registers(frame: Frame, names: Iterable[str]) -> Iterator[Item]:
    for name in names:
        try:
            value = frame.evaluate(f"${name}")
        except DebuggerError:
            continue  # a call may have changed it
        if value.unavailable is None and value.type.size is not None:
            # All that a vector register may hold is beneath it; what it does hold is its bits.
            bits = "" if value.is_scalar else f"{int.from_bytes(bytes(value), 'little'):#x}"
            yield Item(name, value, f"${name}", bits)


class Single(_Named):
    """One value under a name, such as what a function has returned; it is shown whatever that costs."""

    def __init__(self, name: str, value: Value, expression: str = "") -> None:
        """Note it."""
        self._name = name
        self._value = value
        self._expression = expression

    def _all(self) -> Iterator[Item]:
        yield Item(self._name, self._value.again(), self._expression, is_wanted=True)


class Globals(_Named):
    """The variables of a frame's source file that are outside of functions."""

    def __init__(self, place: Place) -> None:
        """Note whose."""
        self._place = place

    def _all(self) -> Iterator[Item]:
        for name, value in self._place.frame.file_variables():
            # Rust's tables of functions are nobody's variables, and a file has one for each type it prints.
            if not name.endswith("{vtable}"):
                yield Item(name, value, "" if "{" in name else name)


class Parts:
    """The parts of a value."""

    def __init__(self, value: Value, expression: str) -> None:
        """Note which value, and how it is written."""
        self._value = value
        self._expression = expression

    def items(self, start: int, count: int | None, only: str) -> Iterator[Item]:
        """Give the elements, then the named parts; or one of both."""
        declared = self._value.again()
        value = declared.dynamic
        found = parts.count(value)
        if only == "named" and found.indexed:
            if not found.named:
                return
            start, count = found.indexed + start, count or found.named
        elif only == "indexed":
            count = min(count or found.indexed, found.indexed - start)
            if count <= 0:
                return
        write = parts.writer(self._expression, declared)
        for part in parts.parts(value, start, count):
            yield Item(part.name, part.value, write(part))

    def item(self, name: str) -> Item:
        """Return the part of a name."""
        declared = self._value.again()
        value = declared.dynamic
        number = name[1:-1]
        if name.startswith("[") and number.isascii() and number.isdigit() and parts.count(value).indexed:
            found = next(parts.parts(value, int(number), 1), None)
            if found is not None and found.name == name:
                return Item(name, found.value, parts.writer(self._expression, declared)(found))
        for item in self.items(0, None, ""):
            if item.name == name:
                return item
        raise UsageError(f"there is no part {name!r} here")
