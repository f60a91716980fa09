"""What printers of standard libraries share: elements side by side, nodes of lists and trees.

Lengths come from the program and may be nonsense: nothing here is read before it is asked for, and a walk
ends where the program's memory stops making sense.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from trapline.base.errors import EvaluationError, VariableNotFound
from trapline.base.typing import Any
from trapline.inspection.abi import alignment
from trapline.inspection.printers import Printer
from trapline.inspection.value import Value
from trapline.symbols.types import (
    CPP,
    ArrayType,
    BaseType,
    PointerType,
    StructType,
    Type,
    TypedefType,
)

CHAR = BaseType("char", 1, 6, CPP)
"""For strings whose type does not say what their characters are."""

BOOL = BaseType("bool", 1, 2, CPP)
"""The type of a bit of a `std::vector<bool>`."""

_SIDES = struct.Struct("<QQ")
"""Left and right of a node."""

_DEEPEST = 128
"""Nodes from the root of a tree to a leaf; in balanced ones that fit in memory there are fewer."""

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
    """Return the first template argument of a container or iterator, or what its `reference` refers to.

    Raises:
        EvaluationError: the debug information has neither.
    """
    found = arguments(value)
    if found:
        return found[0]
    stripped = value.type.strip()
    for nested in stripped.nested_types if isinstance(stripped, StructType) else ():
        if isinstance(nested, TypedefType) and (nested.name or "").endswith("::reference"):
            referred = nested.target.strip()
            if isinstance(referred, PointerType):
                return referred.target
    raise EvaluationError(f"the debug information does not say what {value.type} holds")


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
    if value.address is None:
        return int.from_bytes(value.contents()[8 * index : 8 * index + 8], "little")
    return word_at(value, value.place() + 8 * index)


def word_at(value: Value, address: int) -> int:
    """Return the 64-bit word at a load address, such as a link of a node."""
    return int.from_bytes(value.program.read(address, 8), "little")


def counted(count: int) -> str:
    """Return `1 element`, `2 elements`."""
    return f"{count} element{'' if count == 1 else 's'}"


def elements_between(start: int, end: int, size: int) -> int:
    """Return how many elements of a size are between two load addresses.

    Raises:
        EvaluationError: they are the ends of nothing.
    """
    if end < start or (end - start) % size or end - start > LONGEST:
        raise EvaluationError(f"not initialized: it begins at {start:#x} and ends at {end:#x}")
    return (end - start) // size


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
        return start, elements_between(start, end, type_.size or 1), type_

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


class Fixed(Printer):
    """A `std::array`: its elements are where it is, which in optimized code need not be in memory."""

    kind = "sequence"

    def elements(self) -> Value:
        """Return the array inside."""
        raise NotImplementedError

    def length(self) -> int:
        """Return the number of elements."""
        return constants(self.value)[0]

    def element(self, index: int) -> Value:
        """Return one element."""
        return self.elements().element(index)

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give the elements."""
        count = self.length()
        inner = self.elements() if count else self.value
        return ((index, inner.element(index)) for index in range(count))

    def array(self) -> Value | None:
        """Return the array inside, None where there is nothing in it."""
        return self.elements() if self.length() else None


class Indexed(Printer):
    """A sequence whose elements are each reached by number; a subclass has `length` and `element`."""

    kind = "sequence"

    def length(self) -> int:
        """Return the number of elements."""
        raise NotImplementedError

    def element(self, index: int) -> Value:
        """Return one element."""
        raise NotImplementedError

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give the elements."""
        return ((index, self.element(index)) for index in range(self.length()))


def plain_name(value: Value) -> str:
    """Return what programs call a template: `std::map` for a `std::__1::map<int, int>`."""
    return "std::" + (value.type.strip().name or "").partition("<")[0].rpartition("::")[2]


class Chain(Printer):
    """A list: `links` are the bytes of a node before its element, the next one's address is at `forth`."""

    kind = "sequence"
    links = forth = 0

    def ends(self) -> tuple[int, int]:
        """Return the load addresses of the first node and of what is behind the last."""
        raise NotImplementedError

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give the elements."""
        type_ = element_type(self.value)
        node, end = self.ends()
        index = 0
        while node != end:
            yield index, behind(self.value, node, self.links, type_)
            node = word_at(self.value, node + self.forth)
            index += 1

    def to_string(self) -> str:
        """Return its name, and that it is empty."""
        first, end = self.ends()
        return plain_name(self.value) if first != end else f"empty {plain_name(self.value)}"


class Nodes(Printer):
    """A tree or a hash table, which counts its elements; `links`: bytes of a node before what it holds."""

    links = 0

    def length(self) -> int:
        """Return the number of elements that it has counted."""
        raise NotImplementedError

    def nodes(self) -> Iterator[int]:
        """Give the load addresses of the nodes, in order."""
        raise NotImplementedError

    def to_string(self) -> str:
        """Return the number of elements."""
        return f"{plain_name(self.value)} with {counted(self.length())}"


class Tree(Nodes):
    """A red-black tree; `left`: where in a node the address of the left one is, the right one's behind it."""

    left = 0

    def root(self) -> int:
        """Return the load address of the node above all others, 0 for none."""
        raise NotImplementedError

    def nodes(self) -> Iterator[int]:
        """Give the nodes from left to right."""
        node = self.root()
        way: list[tuple[int, int]] = []  # nodes whose left side is being done, and what is right of each
        for _ in range(self.length()):
            while node and len(way) < _DEEPEST:
                left, right = _SIDES.unpack(self.value.program.read(node + self.left, _SIDES.size))
                way.append((node, right))
                node = left
            if not way:
                return
            here, node = way.pop()
            yield here


class Table(Nodes):
    """A hash table: its nodes are one list."""

    def first(self) -> int:
        """Return the load address of the first node, 0 for none."""
        raise NotImplementedError

    def nodes(self) -> Iterator[int]:
        """Give the nodes in the list's order."""
        node = self.first()
        for _ in range(self.length()):
            if not node:
                return
            yield node
            node = word_at(self.value, node)


class Keys(Nodes):
    """A set: each node holds an element."""

    kind = "sequence"

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give the elements."""
        type_ = element_type(self.value)
        for index, node in enumerate(self.nodes()):
            yield index, behind(self.value, node, self.links, type_)


class Pairs(Nodes):
    """A map: each node holds a key and a value, one behind the other."""

    kind = "map"

    def layout(self) -> tuple[Type, Type, int, int]:
        """Return the types of key and value, and where they are in a node."""
        key, mapped = arguments(self.value)[:2]
        align = max(alignment(key), alignment(mapped))
        first = (self.links + align - 1) // align * align
        return key, mapped, first, aligned(first + (key.size or 1), mapped)

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give (key, value)."""
        key, mapped, first, second = self.layout()
        program = self.value.program
        for node in self.nodes():
            yield Value.at(program, key, node + first), Value.at(program, mapped, node + second)


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
