"""What printers of the C++ libraries' holders, smart pointers and iterators share: these lead to a value."""

from __future__ import annotations

from collections.abc import Iterator

from trapline.base.errors import EvaluationError, VariableNotFound
from trapline.base.patterns import lazy
from trapline.base.typing import Any
from trapline.inspection.printers import Printer
from trapline.inspection.printers.containers import (
    BOOL,
    arguments,
    behind,
    constants,
    either,
    element_type,
    word_at,
)
from trapline.inspection.short_names import shortened
from trapline.inspection.value import Value
from trapline.symbols.types import ArrayType, Type, VoidType

_LONGEST_RING = 256
_INLINE = lazy(r"\bstd::__(1|ndk1)::")


class Holder(Printer):
    """What holds one value or none: an optional, a variant, an `any`."""

    is_holder = may_be_empty = True

    def contained(self) -> Value | None:
        """Return the value, None for none."""
        raise NotImplementedError

    def title(self) -> str:
        """Return what it is."""
        raise NotImplementedError

    def to_string(self) -> str:
        """Return what it is, that it is empty, or what is in it where that has children of its own."""
        if self.contained() is None:
            return f"{self.title()} [no contained value]"
        opened = self.inner()
        return f"{self.title()} containing {_text(opened)}" if opened is not None else self.named()

    def named(self) -> str:
        """Return the text before a value that has no children of its own."""
        return self.title()

    def inner(self) -> Value | None:
        """Return the value where its printer has text and children."""
        found = self.contained()
        return found if found is not None and _text(found) is not None else None

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give the value."""
        found = self.contained()
        if found is not None:
            yield "[contained value]", found

    def held(self) -> Value | None:
        """Return the value, None for none."""
        return self.contained()


def _text(value: Value) -> str | None:
    """Return what a printer says before the children of a value; None where it has no such."""
    shown = value.presentation
    text = shown.text() if shown is not None and shown.has_children else None
    return text if isinstance(text, str) else None


class OptionalHolder(Holder):
    """`std::optional`."""

    def variant(self) -> str:
        """Return whether there is a value, as Rust calls the two."""
        return "None" if self.contained() is None else "Some"

    def title(self) -> str:
        """Return its type."""
        return f"std::optional<{called(element_type(self.value))}>"

    def target(self) -> Value | None:
        """Return the value."""
        return self.contained()


class VariantHolder(Holder):
    """`std::variant`; a subclass says where its index is, and where its values begin."""

    written_kind = "sequence"

    def index(self) -> Value:
        """Return the number of the active type, all bits set for none."""
        raise NotImplementedError

    def union(self) -> Value:
        """Return what begins where the active value does."""
        raise NotImplementedError

    def _active(self) -> tuple[int, Type] | None:
        index = self.index()
        number = int(index)
        if number == (1 << 8 * index.size) - 1:
            return None
        types = arguments(self.value)
        if number >= len(types):
            raise EvaluationError(f"not initialized: index {number} of {len(types)} types")
        return number, types[number]

    def variant(self) -> str | None:
        """Return the name of the active type."""
        active = self._active()
        return None if active is None else str(active[1])

    def contained(self) -> Value | None:
        """Return the active value."""
        active = self._active()
        return self.union().retyped(active[1]) if active is not None else None

    def title(self) -> str:
        """Return its type and the active index."""
        active = self._active()
        name = f"std::variant<{', '.join(map(called, arguments(self.value)))}>"
        return name if active is None else f"{name} [index {active[0]}]"


class AnyValue(Holder):
    """`std::any`: a function that handles the value has the value's type in its class's name."""

    def handler(self) -> int:
        """Return the load address of the function, 0 for no value."""
        raise NotImplementedError

    def managed(self, function: str) -> tuple[str, int] | None:
        """Return the class that a function is of, whose argument is the type, and where the value is."""
        raise NotImplementedError

    def contained(self) -> Value | None:
        """Return the value."""
        function = self.handler()
        if not function:
            return None
        program = self.value.program
        name = program.name_of(function)
        managed = self.managed(name or "")
        found = program.type_named(managed[0]) if managed is not None else None
        types = arguments(Value.at(program, found, managed[1])) if found is not None and managed else []
        if managed is None or not types:
            raise EvaluationError(f"it holds what is not described here, by {name or hex(function)}")
        return Value.at(program, types[0], managed[1])

    def title(self) -> str:
        """Return its name."""
        return "std::any"

    def named(self) -> str:
        """Return its name and the type of what it holds."""
        found = self.contained()
        return f"std::any containing {called(found.type)}" if found is not None else self.title()


class Smart(Printer):
    """A smart pointer."""

    is_holder = may_be_empty = True
    title = ""

    def pointer(self) -> Value:
        """Return the pointer inside."""
        raise NotImplementedError

    def target(self) -> Value:
        """Return what it points to."""
        return self.pointer().dereference()

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give the pointer, as gdb shows it."""
        yield "get()", self.pointer()

    def to_string(self) -> str:
        """Return its name."""
        return f"{self.title}<{called(element_type(self.value))}>"

    def held(self) -> Value | None:
        """Return what it points to, of an array or of no type the pointer; None for a null pointer."""
        pointer = self.pointer()
        if not int(pointer):
            return None
        held = element_type(self.value).strip()
        if isinstance(held, VoidType):
            return pointer
        target = self.target()
        is_first = isinstance(held, ArrayType) and not isinstance(target.type.strip(), ArrayType)
        return pointer if is_first else target


class Elements(Printer):
    """A `std::tuple`; a subclass says where its elements are."""

    is_tuple = True

    def elements(self) -> Iterator[Value]:
        """Give the elements."""
        raise NotImplementedError

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give the elements, counted from 1 as gdb does."""
        return ((f"[{number}]", element) for number, element in enumerate(self.elements(), 1))

    def to_string(self) -> str:
        """Return its name."""
        return "std::tuple containing" if next(self.elements(), None) is not None else "empty std::tuple"


class Bitmask(Printer):
    """A `std::bitset`; `words` is the member with the bits."""

    words = ""

    def to_string(self) -> str:
        """Return the bits, the most significant first."""
        bits = constants(self.value)[0]
        if not bits:
            return "empty std::bitset"  # which has no member for its bits
        number = int.from_bytes(self.value[self.words].contents(), "little") & (1 << bits) - 1
        return f"{number:0{bits}b}"


class Pointing(Printer):
    """An iterator: the element that it points to, or its pointer where that is behind the last.

    `pointers` are the names of the member with the pointer, of which a release has one.
    """

    pointers: tuple[str, ...] = ()

    def pointer(self) -> Value:
        """Return the pointer to the element or its node."""
        return either(self.value, *self.pointers)

    def to_string(self) -> Value:
        """Return the element, or the pointer."""
        target = self.target()
        return target if target is not None else self.pointer()

    def target(self) -> Value | None:
        """Return the element; None behind the last one, and where it points nowhere yet."""
        pointer = self.pointer()
        return pointer.dereference() if int(pointer) else None


class PointingIntoRing(Pointing):
    """An iterator into a list, with `links` and `forth` as a `Chain` has them."""

    links = forth = 0

    def target(self) -> Value | None:
        """Return the element; None for the list's own node."""
        node = int(self.pointer())
        if is_head_of_ring(self.value, node, self.forth, self.links):
            return None
        return behind(self.value, node, self.links, element_type(self.value))


class PointingToBit(Printer):
    """An iterator into a `std::vector<bool>`, or a reference to one of its bits: the bit.

    `word`, `number` and `mask` are the names of members: the word's address, and which bit it is.
    """

    word = number = mask = ""

    def to_string(self) -> Value:
        """Return the bit."""
        return self.target()

    def target(self) -> Value:
        """Return the bit."""
        bits = int(self.value.member(self.word).dereference())
        try:
            mask = 1 << int(self.value.member(self.number))
        except VariableNotFound:
            mask = int(self.value.member(self.mask))
        return Value.constant(self.value.program, BOOL, bytes([bool(bits & mask)]))


def is_head_of_ring(value: Value, node: int, link: int, size: int) -> bool:
    """Whether a node is the head of the list that it is in, where its end is, rather than an element.

    The head alone has the number of the others behind its links.  An element may have the same number for
    its value; where it has, or where the list is long, it is not told, and the answer is no.

    Args:
        value: of the program.
        node: the load address of a node.
        link: where in a node the next one is, in bytes.
        size: where in the head the number of elements is.
    """
    ring = [node]
    while (following := word_at(value, ring[-1] + link)) != node:
        if len(ring) >= _LONGEST_RING:
            return False
        ring.append(following)
    count = len(ring) - 1
    return [one for one in ring if word_at(value, one + size) == count] == [node]


def called(type_: Type) -> str:
    """Return a type's name as programs write it: `std::string`, `std::vector<int>`."""
    return shortened(_INLINE.sub("std::", str(type_)))
