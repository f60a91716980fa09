"""Containers of GNU's C++ library, in the words of its own printers for gdb.

Source: libstdc++ headers: bits/stl_vector.h, basic_string.h, stl_deque.h, stl_list.h, stl_tree.h,
hashtable.h; GCC 5 and newer.
"""

from __future__ import annotations

import re
import struct

from trapline.base.errors import EvaluationError, VariableNotFound
from trapline.inspection.printers import Printer, RunLayout, printer
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
    aligned,
    arguments,
    constants,
    counted,
    element_type,
    elements_between,
    plain_name,
    word,
    word_at,
)
from trapline.inspection.value import Value
from trapline.symbols.types import StructType, Type

TREE_LINKS, LIST_LINKS, HASH_LINKS = 32, 16, 8
"""Bytes of the links before a node's value: colour, parent, left, right; next, previous; next."""

_ENDS = struct.Struct("<QQQ")
"""All that a vector is: where its elements begin, where they end, and where its memory ends."""


@printer("std::basic_string<...>")
class String(Characters):
    """`std::string` and its relatives, by their layout: clang leaves the members' types out."""

    @classmethod
    def string_layout(cls, type: Type) -> tuple[int, int, Type] | None:
        """Return pointer and length, which come first, unless the old ABI keeps the length elsewhere."""
        stripped = type.strip()
        if not isinstance(stripped, StructType) or "__cxx11::" not in (stripped.name or ""):
            return None
        arguments = stripped.template_arguments
        return 0, 8, arguments[0].type if arguments else CHAR

    def content(self) -> tuple[int, int, Type]:
        """Return where the characters are."""
        found = arguments(self.value)
        type_ = found[0] if found else CHAR
        characters = word(self.value, 0)
        if "__cxx11::" in (self.value.type.strip().name or ""):
            return characters, word(self.value, 1), type_
        # The old ABI keeps the length before the characters.
        return characters, word_at(self.value, characters - 24), type_


@printer("std::basic_string_view<...>")
class StringView(Characters):
    """`std::string_view`."""

    @classmethod
    def string_layout(cls, type: Type) -> tuple[int, int, Type] | None:
        """Return where pointer and length are."""
        stripped = type.strip()
        if not isinstance(stripped, StructType):
            return None
        pointer, length = stripped.member("_M_str"), stripped.member("_M_len")
        if pointer is None or length is None:
            return None
        target = pointer.type.strip().target
        if target is None or not isinstance(pointer.offset, int) or not isinstance(length.offset, int):
            return None
        return pointer.offset, length.offset, target

    def content(self) -> tuple[int, int, Type]:
        """Return where the characters are."""
        pointer = self.value["_M_str"]
        return int(pointer), int(self.value["_M_len"]), pointer.type.strip().target or CHAR


@printer("std::vector<...>")
class Vector(Run):
    """`std::vector`."""

    @classmethod
    def run_layout(cls, type: Type) -> RunLayout | None:
        """Return what takes the three ends."""
        stripped = type.strip()
        if not isinstance(stripped, StructType) or stripped.size != _ENDS.size:
            return None
        arguments = stripped.template_arguments
        size = arguments[0].type.size if arguments else None
        if not size:
            return None

        def read(data: bytes, at: int) -> tuple[str, int, int]:
            start, end, limit = _ENDS.unpack_from(data, at)
            count = elements_between(start, end, size)
            return f"std::vector of length {count}, capacity {(limit - start) // size}", start, count

        return RunLayout(arguments[0].type, read)

    def _ends(self) -> tuple[int, int, int]:
        return self.once(self._read)

    def _read(self) -> tuple[int, int, int]:
        if self.value.size == _ENDS.size:
            found: tuple[int, int, int] = _ENDS.unpack(self.value.contents())
            return found
        impl = self.value["_M_impl"]  # with an allocator that has a size, or of the library's debug mode
        return int(impl["_M_start"]), int(impl["_M_finish"]), int(impl["_M_end_of_storage"])

    def bounds(self) -> tuple[int, int, Type]:
        """Return where the elements are."""
        start, end, _ = self._ends()
        return self.between(start, end, element_type(self.value))

    def to_string(self) -> str:
        """Return length and capacity."""
        start, _, limit = self._ends()
        size = element_type(self.value).size or 1
        return f"std::vector of length {self.length()}, capacity {(limit - start) // size}"


@printer("std::vector<bool, ...>")
class Bits(Indexed):
    """`std::vector<bool>`: a bit an element."""

    def _ends(self) -> tuple[int, int, int]:
        return self.once(self._read)

    def _read(self) -> tuple[int, int, int]:
        impl = self.value["_M_impl"]
        start, finish = impl["_M_start"], impl["_M_finish"]
        first = int(start["_M_p"])
        bits = (int(finish["_M_p"]) - first) * 8 + int(finish["_M_offset"]) - int(start["_M_offset"])
        if bits < 0:
            raise EvaluationError(f"not initialized: {bits} bits")
        return first, int(start["_M_offset"]), bits

    def length(self) -> int:
        """Return the number of bits."""
        return self._ends()[2]

    def element(self, index: int) -> Value:
        """Return one bit."""
        first, offset, _ = self._ends()
        place = offset + index
        byte = self.value.program.read(first + place // 8, 1)[0]
        return Value.constant(self.value.program, BOOL, bytes([byte >> place % 8 & 1]))

    def to_string(self) -> str:
        """Return length and capacity."""
        first, _, bits = self._ends()
        limit = int(self.value["_M_impl"]["_M_end_of_storage"])
        return f"std::vector<bool> of length {bits}, capacity {(limit - first) * 8}"


@printer("std::array<...>")
class Array(Fixed):
    """`std::array`."""

    def elements(self) -> Value:
        """Return the array inside."""
        return self.value.member("_M_elems")


@printer("std::span<...>")
class Span(Run):
    """`std::span`, of a fixed or a dynamic extent."""

    title = "std::span"

    def bounds(self) -> tuple[int, int, Type]:
        """Return where the elements are."""
        extent = constants(self.value)
        count = extent[0] if extent and extent[0] not in (-1, (1 << 64) - 1) else None
        if count is None:
            count = int(self.value["_M_extent"]["_M_extent_value"])
        return int(self.value["_M_ptr"]), count, element_type(self.value)


@printer("std::deque<...>")
class Deque(Indexed):
    """`std::deque`: blocks of 512 bytes, or of one element that is larger."""

    def _shape(self) -> tuple[int, int, Type, int, int]:
        """Return the first block, the first element in it, their type, how many to a block and in all."""
        return self.once(self._read)

    def _read(self) -> tuple[int, int, Type, int, int]:
        impl = self.value["_M_impl"]
        type_ = element_type(self.value)
        size = type_.size or 1
        in_block = 512 // size if size < 512 else 1
        start, finish = impl["_M_start"], impl["_M_finish"]
        blocks = (int(finish["_M_node"]) - int(start["_M_node"])) // 8 - 1
        first = (int(start["_M_cur"]) - int(start["_M_first"])) // size
        head = (int(start["_M_last"]) - int(start["_M_cur"])) // size
        tail = (int(finish["_M_cur"]) - int(finish["_M_first"])) // size
        count = blocks * in_block + head + tail
        if not 0 <= count < 1 << 40:
            raise EvaluationError(f"not initialized: {count} elements")
        return int(start["_M_node"]), first, type_, in_block, count

    def length(self) -> int:
        """Return the number of elements."""
        return self._shape()[4]

    def element(self, index: int) -> Value:
        """Return one element."""
        node, first, type_, in_block, _ = self._shape()
        size = type_.size or 1
        index += first
        block = word_at(self.value, node + index // in_block * 8)
        return Value.at(self.value.program, type_, block + index % in_block * size)

    def to_string(self) -> str:
        """Return the number of elements."""
        count = self.length()
        return f"std::deque with {counted(count)}" if count else "empty std::deque"


@printer("std::list<...>")
class List(Chain):
    """`std::list`: a ring of nodes."""

    links = LIST_LINKS

    def ends(self) -> tuple[int, int]:
        """Return the first node and the list's own, which is behind the last."""
        head = self.value["_M_impl"]["_M_node"].place()
        return word_at(self.value, head), head

    def length(self) -> int | None:
        """Return the number of elements that the list has counted."""
        try:
            return int(self.value["_M_impl"]["_M_node"]["_M_size"])
        except VariableNotFound:
            return None  # the old ABI counts them one by one


@printer("std::forward_list<...>")
class ForwardList(Chain):
    """`std::forward_list`."""

    links = HASH_LINKS

    def ends(self) -> tuple[int, int]:
        """Return the first node and a null pointer."""
        return int(self.value["_M_impl"]["_M_head"]["_M_next"]), 0


class _Tree(Tree):
    """A red-black tree: a node has its colour and its parent before the two sides."""

    links, left = TREE_LINKS, 16

    def _header(self) -> Value:
        return self.value.member("_M_t").member("_M_impl")

    def length(self) -> int:
        """Return the number of elements that the tree has counted."""
        return int(self._header()["_M_node_count"])

    def root(self) -> int:
        """Return the node above all others: the parent of the header."""
        return word_at(self.value, self._header()["_M_header"].place() + 8)


class _Table(Table):
    """A hash table."""

    links = HASH_LINKS

    def _table(self) -> Value:
        return self.value.member("_M_h")

    def length(self) -> int:
        """Return the number of elements that the table has counted."""
        return int(self._table()["_M_element_count"])

    def first(self) -> int:
        """Return the first node, behind one that is in the table itself."""
        return int(self._table()["_M_before_begin"]["_M_nxt"])


class _Pairs(Pairs):
    """A map: each node holds a pair."""

    def layout(self) -> tuple[Type, Type, int, int]:
        """Return the types of key and value, and where they are in a node."""
        pair = _pair_type(self.value)
        if pair is None:
            return super().layout()
        stripped = pair.strip()
        assert isinstance(stripped, StructType)
        start = aligned(self.links, pair)
        places = []
        for name in ("first", "second"):
            member = stripped.member(name)
            if member is None or not isinstance(member.offset, int):
                raise EvaluationError(f"no {name} in {pair}: a release that is not known")
            places.append((member.type, start + member.offset))
        return places[0][0], places[1][0], places[0][1], places[1][1]


def _pair_type(value: Value) -> Type | None:
    """Return the type of a map's elements, from its allocator's argument; None where nothing describes it."""
    allocator = arguments(value)[-1].strip()
    if isinstance(allocator, StructType) and allocator.template_arguments:
        found = allocator.template_arguments[0].type
        stripped = found.strip()
        if isinstance(stripped, StructType) and stripped.is_complete and stripped.members:
            return found
    return None


@printer(re.compile(r"std::(multi)?map<.*>", re.DOTALL))
class Map(_Pairs, _Tree):
    """`std::map` and `std::multimap`."""


@printer(re.compile(r"std::(multi)?set<.*>", re.DOTALL))
class Set(Keys, _Tree):
    """`std::set` and `std::multiset`."""


@printer(re.compile(r"std::unordered_(multi)?map<.*>", re.DOTALL))
class UnorderedMap(_Pairs, _Table):
    """`std::unordered_map` and its multi form."""


@printer(re.compile(r"std::unordered_(multi)?set<.*>", re.DOTALL))
class UnorderedSet(Keys, _Table):
    """`std::unordered_set` and its multi form."""


@printer(re.compile(r"std::(stack|queue|priority_queue)<.*>", re.DOTALL))
class Adapter(Printer):
    """A stack or queue: the container inside."""

    is_holder = True

    def to_string(self) -> str:
        """Return its name and what it wraps."""
        return f"{plain_name(self.value)} wrapping: {self.value.member('c')}"

    def held(self) -> Value:
        """Return the container inside."""
        return self.value.member("c")
