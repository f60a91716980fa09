"""What printers of standard libraries share: elements side by side, nodes of lists and trees.

Lengths come from the program and may be nonsense: nothing here is read before it is asked for, and a walk
ends where the program's memory stops making sense.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from trapline.base.errors import EvaluationError, VariableNotFound
from trapline.base.typing import Any, TypeVar
from trapline.inspection.abi import alignment
from trapline.inspection.printers import Printer
from trapline.inspection.value import Value
from trapline.symbols.types import CPP, ArrayType, BaseType, StructType, Type

CHAR = BaseType("char", 1, 6, CPP)
"""For strings whose type does not say what their characters are."""

BOOL = BaseType("bool", 1, 2, CPP)
"""The type of a bit of a `std::vector<bool>`."""

LONGEST = 1 << 40
"""Bytes between the ends of a container; more is an uninitialized one."""


def arguments(value: Value) -> list[Type]:
    """Return the types among a class's template arguments, in order."""
    stripped = value.type.strip()
    if not isinstance(stripped, StructType):
        return []
    return [argument.type for argument in stripped.template_arguments if argument.value is None]


def constants(value: Value) -> list[int]:
    """Return the numbers among a class's template arguments, in order."""
    stripped = value.type.strip()
    if not isinstance(stripped, StructType):
        return []
    return [one.value for one in stripped.template_arguments if isinstance(one.value, int)]


def element_type(value: Value) -> Type:
    """Return a container's first template argument.

    Raises:
        EvaluationError: the debug information does not have it.
    """
    found = arguments(value)
    if not found:
        raise EvaluationError(f"the debug information does not say what {value.type} holds")
    return found[0]


def aligned(offset: int, type_: Type) -> int:
    """Return the first place from an offset on that an object of a type may stand at."""
    align = alignment(type_)
    return (offset + align - 1) // align * align


def behind(value: Value, address: int, offset: int, type_: Type) -> Value:
    """Return the object of a type that stands in a node at the first aligned place behind its links."""
    return Value.at(value.program, type_, address + aligned(offset, type_))


def either(value: Value, *names: str) -> Value:
    """Return the first member of several names, of which a release of a library has one.

    Raises:
        VariableNotFound: it has none of them.
    """
    for name in names:
        try:
            return value.member(name)
        except VariableNotFound:
            continue
    raise VariableNotFound(
        f"no {' or '.join(names)} in {value.type}: a release that is not known", name=names[0]
    )


def word(value: Value, index: int) -> int:
    """Return one of the 64-bit words that an object is made of, by what the library's ABI has there."""
    return word_at(value, value.place() + 8 * index)


def word_at(value: Value, address: int) -> int:
    """Return the 64-bit word at a load address, such as a link of a node."""
    return int.from_bytes(value.program.read(address, 8), "little")


def counted(count: int) -> str:
    """Return `1 element`, `2 elements`."""
    return f"{count} element{'' if count == 1 else 's'}"


class Run(Printer):
    """A sequence whose elements are side by side in memory; a subclass says where."""

    kind = "sequence"
    title = ""

    def bounds(self) -> tuple[int, int, Type]:
        """Return the load address of the first element, their number and their type."""
        raise NotImplementedError

    def between(self, start: int, end: int, type_: Type) -> tuple[int, int, Type]:
        """Return `bounds` for two pointers.

        Raises:
            EvaluationError: they are the ends of nothing.
        """
        size = type_.size or 1
        if end < start or (end - start) % size or end - start > LONGEST:
            raise EvaluationError(f"not initialized: it begins at {start:#x} and ends at {end:#x}")
        return start, (end - start) // size, type_

    def length(self) -> int:
        """Return the number of elements."""
        return self.bounds()[1]

    def element(self, index: int) -> Value:
        """Return one element."""
        start, _, type_ = self.bounds()
        return Value.at(self.value.program, type_, start + index * (type_.size or 1))

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give the elements."""
        start, count, type_ = self.bounds()
        size = type_.size or 1
        for index in range(count):
            yield index, Value.at(self.value.program, type_, start + index * size)

    def array(self) -> Value | None:
        """Return the elements as one array."""
        start, count, type_ = self.bounds()
        if not count:
            return None
        return Value.at(self.value.program, ArrayType(type_, [count], language=type_.language), start)

    def to_string(self) -> str | None:
        """Return what gdb says before the elements."""
        return f"{self.title} of length {self.length()}" if self.title else None


_Layout = TypeVar("_Layout")


class Indexed(Printer):
    """A sequence whose elements are each reached by number; a subclass has `length` and `element`."""

    kind = "sequence"
    _known: tuple[int, Any] | None = None

    def once(self, read: Callable[[], _Layout]) -> _Layout:
        """Return what `read` does, which is asked once a stop: a thousand elements have one layout."""
        epoch = self.value.program.epoch
        if self._known is None or self._known[0] != epoch:
            self._known = epoch, read()
        found: _Layout = self._known[1]
        return found

    def length(self) -> int:
        """Return the number of elements."""
        raise NotImplementedError

    def element(self, index: int) -> Value:
        """Return one element."""
        raise NotImplementedError

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give the elements."""
        return ((index, self.element(index)) for index in range(self.length()))


class Nodes(Printer):
    """A tree or a hash table: `links` are the bytes of a node before what it holds."""

    links = 0

    def nodes(self) -> Iterator[int]:
        """Give the load addresses of the nodes, in order."""
        raise NotImplementedError


class Keys(Nodes):
    """A set: each node holds an element."""

    kind = "sequence"

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give the elements."""
        type_ = element_type(self.value)
        for index, node in enumerate(self.nodes()):
            yield index, behind(self.value, node, self.links, type_)


class Holder(Printer):
    """What holds one value or none: an optional, a variant."""

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give the value."""
        raise NotImplementedError

    def to_python(self) -> Any:
        """Return the content, or None."""
        return next((child.to_python() for _, child in self.children()), None)


class Characters(Printer):
    """A string: where its characters are and how many."""

    kind = "string"

    def content(self) -> tuple[int, int, Type]:
        """Return the load address, the number of characters and their type."""
        raise NotImplementedError

    def to_string(self) -> Value | str:
        """Return the characters as an array."""
        address, count, type_ = self.content()
        if not 0 <= count <= LONGEST:
            raise EvaluationError(f"not initialized: a string of {count} characters")
        if not count:
            return ""
        return Value.at(self.value.program, ArrayType(type_, [count], language=type_.language), address)

    def to_python(self) -> str:
        """Return the text."""
        shown = self.to_string()
        if isinstance(shown, str):
            return shown
        data = shown.contents()
        target = shown.type.strip().target
        width = target.size if target is not None else 1
        encoding = {1: "utf-8", 2: "utf-16-le", 4: "utf-32-le"}.get(width or 1, "utf-8")
        return data.decode(encoding, "surrogateescape" if width == 1 else "replace")
