"""Containers of LLVM's C++ library, mostly by the layout of its ABI, which member names come and go over.

Source: libc++ headers (string, vector, list, __tree, __hash_table, deque, optional, variant, tuple, memory),
ABI version 1, little-endian; LLVM 12 to 19.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from trapline.base.errors import MemoryFault, VariableNotFound
from trapline.base.patterns import lazy
from trapline.inspection.printers import Printer, printer
from trapline.inspection.printers.containers import (
    BOOL,
    CHAR,
    Chain,
    Characters,
    Fixed,
    Indexed,
    Keys,
    Pairs,
    Run,
    Table,
    Tree,
    arguments,
    behind,
    constants,
    counted,
    either,
    element_type,
    word,
    word_at,
)
from trapline.inspection.printers.holders import (
    AnyValue,
    Bitmask,
    Elements,
    OptionalHolder,
    Pointing,
    PointingIntoRing,
    PointingToBit,
    Smart,
    VariantHolder,
    called,
)
from trapline.inspection.value import Value
from trapline.symbols.types import CPP, ArrayType, PointerType, StructType, Type

_TREE_NODE, _LIST_LINKS, _HASH_NODE = 25, 16, 16
"""Bytes of a node before its value: three links and a colour; two links; a link and a hash."""


def _name(name: str) -> re.Pattern[str]:
    """Return the pattern of a class template in libc++'s inline namespace."""
    return re.compile(rf"std::__(1|ndk1)::{name}<.*>", re.DOTALL)


@printer(_name("basic_string"))
class String(Characters):
    """`std::string`: short ones are inside the object, the lowest bit tells."""

    def content(self) -> tuple[int, int, Type]:
        """Return where the characters are."""
        found = arguments(self.value)
        type_ = found[0] if found else CHAR
        place = self.value.place()
        first = self.value.program.read(place, 1)[0]
        if first & 1:
            return word(self.value, 2), word(self.value, 1), type_
        return place + (type_.size or 1), first >> 1, type_


@printer(_name("basic_string_view"))
class StringView(Characters):
    """`std::string_view`."""

    def content(self) -> tuple[int, int, Type]:
        """Return where the characters are."""
        found = arguments(self.value)
        return word(self.value, 0), word(self.value, 1), found[0] if found else CHAR


@printer(_name("vector"))
class Vector(Run):
    """`std::vector`."""

    title = "std::vector"

    def bounds(self) -> tuple[int, int, Type]:
        """Return where the elements are."""
        return self.between(word(self.value, 0), word(self.value, 1), element_type(self.value))


@printer(re.compile(r"std::__(1|ndk1)::vector<bool, .*>", re.DOTALL))
class Bits(Indexed):
    """`std::vector<bool>`: a bit an element."""

    def length(self) -> int:
        """Return the number of bits."""
        return word(self.value, 1)

    def element(self, index: int) -> Value:
        """Return one bit."""
        byte = self.value.program.read(word(self.value, 0) + index // 8, 1)[0]
        return Value.constant(self.value.program, BOOL, bytes([byte >> index % 8 & 1]))

    def to_string(self) -> str:
        """Return the length."""
        return f"std::vector<bool> of length {self.length()}"


@printer(_name("array"))
class Array(Fixed):
    """`std::array`."""

    def elements(self) -> Value:
        """Return the array inside."""
        return either(self.value, "__elems_", "__elems")


@printer(_name("span"))
class Span(Run):
    """`std::span`."""

    title = "std::span"

    def bounds(self) -> tuple[int, int, Type]:
        """Return where the elements are."""
        extent = constants(self.value)
        is_fixed = extent and extent[0] not in (-1, (1 << 64) - 1)
        return word(self.value, 0), extent[0] if is_fixed else word(self.value, 1), element_type(self.value)


@printer(re.compile(r"std::initializer_list<.*>", re.DOTALL))
class InitializerList(Run):
    """`std::initializer_list`: of this library or of GNU's, both are two words."""

    title = "std::initializer_list"

    def bounds(self) -> tuple[int, int, Type]:
        """Return where the elements are."""
        return word(self.value, 0), word(self.value, 1), element_type(self.value)


@printer(_name("deque"))
class Deque(Indexed):
    """`std::deque`: blocks of 4096 bytes, or of 16 elements that are larger."""

    def length(self) -> int:
        """Return the number of elements that the deque has counted."""
        return word(self.value, 5)

    def element(self, index: int) -> Value:
        """Return one element."""
        type_ = element_type(self.value)
        size = type_.size or 1
        in_block = 4096 // size if size < 256 else 16
        index += word(self.value, 4)
        block = word_at(self.value, word(self.value, 1) + index // in_block * 8)
        return Value.at(self.value.program, type_, block + index % in_block * size)

    def to_string(self) -> str:
        """Return the number of elements."""
        return f"std::deque with {counted(self.length())}"


@printer(_name("list"))
class List(Chain):
    """`std::list`: a ring of nodes."""

    links, forth = _LIST_LINKS, 8

    def length(self) -> int:
        """Return the number of elements that the list has counted."""
        return word(self.value, 2)

    def ends(self) -> tuple[int, int]:
        """Return the first node and the list's own, which is behind the last."""
        head = self.value.place()
        return word_at(self.value, head + 8), head


@printer(_name("forward_list"))
class ForwardList(Chain):
    """`std::forward_list`."""

    links = 8

    def ends(self) -> tuple[int, int]:
        """Return the first node and a null pointer."""
        return word(self.value, 0), 0


class _Tree(Tree):
    """A red-black tree: the first node, the root, the size."""

    links = _TREE_NODE

    def length(self) -> int:
        """Return the number of elements that the tree has counted."""
        return word(self.value, 2)

    def root(self) -> int:
        """Return the node above all others, left of the one behind the last."""
        return word(self.value, 1)


class _Table(Table):
    """A hash table: two words of buckets, the first node, the size."""

    links = _HASH_NODE

    def length(self) -> int:
        """Return the number of elements that the table has counted."""
        return word(self.value, 3)

    def first(self) -> int:
        """Return the first node."""
        return word(self.value, 2)


@printer(_name("(multi)?map"))
class Map(Pairs, _Tree):
    """`std::map` and `std::multimap`."""


@printer(_name("(multi)?set"))
class Set(Keys, _Tree):
    """`std::set` and `std::multiset`."""


@printer(_name("unordered_(multi)?map"))
class UnorderedMap(Pairs, _Table):
    """`std::unordered_map` and its multi form."""


@printer(_name("unordered_(multi)?set"))
class UnorderedSet(Keys, _Table):
    """`std::unordered_set` and its multi form."""


@printer(_name("optional"))
class Optional(OptionalHolder):
    """`std::optional`."""

    def contained(self) -> Value | None:
        """Return the value."""
        return self.value["__val_"] if bool(self.value["__engaged_"]) else None


@printer(_name("variant"))
class Variant(VariantHolder):
    """`std::variant`: the union comes first, then the index."""

    def _inner(self) -> Value:
        return either(self.value, "__impl_", "__impl")

    def index(self) -> Value:
        """Return the number of the active type."""
        return self._inner().member("__index")

    def union(self) -> Value:
        """Return what begins where the value does: not the object, when both have the same empty base."""
        return self._inner()


_HANDLER = lazy(r"(?s)(?P<class>std::\w+::__any_imp::_(?P<size>Small|Large)Handler<.*>)::__handle.*")


@printer(re.compile(r"std::__(1|ndk1)::any"))
class AnyHolder(AnyValue):
    """`std::any`: the function that handles the value tells its type."""

    def handler(self) -> int:
        """Return the load address of the function."""
        return int(either(self.value, "__h_", "__h"))

    def managed(self, function: str) -> tuple[str, int] | None:
        """Return the class that the function is of, and where the value is."""
        match = _HANDLER.fullmatch(function)
        if match is None:
            return None
        place = either(self.value, "__s_", "__s").place()
        return match["class"], place if match["size"] == "Small" else word_at(self.value, place)


@printer(_name("tuple"))
class Tuple(Elements):
    """`std::tuple`: a base class for each element."""

    @classmethod
    def record(cls, type: Type) -> tuple[tuple[str, Type, int], ...] | None:
        """Return the elements, where none is an empty class."""
        stripped = type.strip()
        inner = stripped.member("__base_") if isinstance(stripped, StructType) else None
        bases = inner.type.strip() if inner is not None else None
        if inner is None or not isinstance(inner.offset, int) or not isinstance(bases, StructType):
            return None
        found: list[tuple[str, Type, int]] = []
        for leaf in bases.bases:
            part = leaf.type.strip()
            member = part.member("__value_") if isinstance(part, StructType) else None
            if member is None or not isinstance(leaf.offset, int) or not isinstance(member.offset, int):
                return None
            found.append((str(len(found)), member.type, inner.offset + leaf.offset + member.offset))
        return tuple(found) or None

    def elements(self) -> Iterator[Value]:
        """Give the elements."""
        if not arguments(self.value):
            return
        base = self.value["__base_"]
        stripped = base.type.strip()
        assert isinstance(stripped, StructType)
        for leaf in stripped.bases:
            part = base.base(leaf)
            try:
                yield part["__value_"]
            except VariableNotFound:
                inner = leaf.type.strip()
                assert isinstance(inner, StructType)
                yield part.base(inner.bases[0]) if inner.bases else part


class _Smart(Smart):
    """A smart pointer, whose first word is the pointer."""

    def pointer(self) -> Value:
        """Return the pointer; to its first element for an array."""
        held = element_type(self.value)
        array = held.strip()
        first = array.element if isinstance(array, ArrayType) else held
        return self.value.retyped(PointerType(first, language=CPP))


@printer(_name("unique_ptr"))
class UniquePtr(_Smart):
    """`std::unique_ptr`."""

    title = "std::unique_ptr"


@printer(_name("shared_ptr"))
class SharedPtr(_Smart):
    """`std::shared_ptr`; the control block counts one less than there are."""

    title = "std::shared_ptr"

    def to_string(self) -> str:
        """Return its name and the counts."""
        name = super().to_string()
        control = word(self.value, 1)
        if not control:
            return f"{name} (empty)"
        used = word_at(self.value, control + 8) + 1 & (1 << 64) - 1
        weak = word_at(self.value, control + 16) & (1 << 64) - 1
        return f"{name} (use count {used}, weak count {weak})"


@printer(_name("weak_ptr"))
class WeakPtr(SharedPtr):
    """`std::weak_ptr`."""

    title = "std::weak_ptr"


@printer(re.compile(r"std::__(1|ndk1)::(__fs|filesystem)::(filesystem::)?path"))
class Path(Printer):
    """`std::filesystem::path`: its text."""

    def to_string(self) -> Value:
        """Return the text."""
        return self.value.member("__pn_")


_CALLABLE = lazy(
    r"(?s)vtable for (?P<class>std::\w+::__function::__func<(?P<type>.*?), std::\w+::allocator<.*>)\+\d+"
)


@printer(_name("function"))
class Function(Printer):
    """`std::function`: of which type is what it calls."""

    def to_string(self) -> str:
        """Return the type of what it holds, by the table of the object that calls it."""
        inside = self.value["__f_"]["__f_"]
        place = int(inside)
        if not place:
            return "empty std::function"
        program = self.value.program
        match = _CALLABLE.fullmatch(program.name_of(word_at(self.value, place)) or "")
        if match is None:
            return "std::function"
        found = program.type_named(match["class"])
        types = arguments(Value.at(program, found, place)) if found is not None else []
        return f"std::function {{{called(types[0]) if types else match['type']}}}"


@printer(_name("bitset"))
class Bitset(Bitmask):
    """`std::bitset`."""

    words = "__first_"


@printer(_name("atomic"))
class Atomic(Printer):
    """`std::atomic`: the value inside."""

    def to_string(self) -> Value:
        """Return the value, which is all that the object has."""
        return Value.at(self.value.program, element_type(self.value), self.value.place())


# -- iterators -----------------------------------------------------------------------------------------


@printer(_name("__wrap_iter"))
class WrapIterator(Pointing):
    """An iterator into a vector or string."""

    pointers = ("__i_", "__i")


@printer(_name("__deque_iterator"))
class DequeIterator(Pointing):
    """An iterator into a deque."""

    pointers = ("__ptr_",)


@printer(_name("__list_(const_)?iterator"))
class ListIterator(PointingIntoRing):
    """An iterator into a list."""

    pointers = ("__ptr_",)
    links, forth = _LIST_LINKS, 8


@printer(_name("__forward_list_(const_)?iterator"))
class ForwardIterator(Pointing):
    """An iterator into a forward list."""

    pointers = ("__ptr_",)

    def target(self) -> Value | None:
        """Return the element; None for the null pointer behind the last."""
        node = int(self.pointer())
        pointer = element_type(self.value).strip().target
        if not node or pointer is None:
            return None
        return behind(self.value, node, 8, arguments(Value.at(self.value.program, pointer, node))[0])


@printer(_name("__tree_(const_)?iterator"))
class TreeIterator(Pointing):
    """An iterator into a set or map."""

    pointers = ("__ptr_",)

    def target(self) -> Value | None:
        """Return the element; None for the tree's own node, which hangs from no other."""
        node = int(self.pointer())
        above = word_at(self.value, node + 16)
        try:
            hangs = above != 0 and node in (word_at(self.value, above), word_at(self.value, above + 8))
        except MemoryFault:
            hangs = False
        return _pair(behind(self.value, node, _TREE_NODE, element_type(self.value))) if hangs else None


@printer(_name("__hash_(const_)?(local_)?iterator"))
class HashIterator(Pointing):
    """An iterator into a hash table."""

    pointers = ("__node_",)

    def target(self) -> Value | None:
        """Return the element; None for the null pointer behind the last."""
        node = int(self.pointer())
        pointer = element_type(self.value).strip().target
        if not node or pointer is None:
            return None
        type_ = arguments(Value.at(self.value.program, pointer, node))[0]
        return _pair(behind(self.value, node, _HASH_NODE, type_))


@printer(_name("__(hash_)?map_(const_)?(local_)?iterator"))
class MapIterator(Pointing):
    """An iterator into a map: around that of its tree or table."""

    pointers = ("__i_",)

    def target(self) -> Value | None:
        """Return the pair; None behind the last."""
        inner = self.pointer().presentation
        return inner.target if inner is not None else None


def _pair(element: Value) -> Value:
    """Return the pair in what a node of a map holds; a set's element as it is."""
    name = element.type.strip().name or ""
    if "::__value_type<" not in name and "::__hash_value_type<" not in name:
        return element
    return either(element, "__cc_", "__cc")


@printer(_name("__bit_(const_)?(iterator|reference)"))
class BitIterator(PointingToBit):
    """An iterator into a `std::vector<bool>`, or a reference to one of its bits."""

    word, number, mask = "__seg_", "__ctz_", "__mask_"
