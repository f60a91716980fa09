"""Containers of GNU's C++ library, in the words of its own printers for gdb.

Source: libstdc++ headers: bits/stl_vector.h, basic_string.h, stl_deque.h, stl_list.h, stl_tree.h,
hashtable.h, shared_ptr_base.h, unique_ptr.h, optional, variant, tuple; GCC 5 and newer.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from trapline.base.errors import EvaluationError, VariableNotFound
from trapline.base.patterns import lazy
from trapline.base.typing import Any
from trapline.inspection.printers import Printer, RunLayout, printer
from trapline.inspection.printers.containers import (
    BOOL,
    CHAR,
    AnyValue,
    Chain,
    Characters,
    Fixed,
    Indexed,
    Keys,
    OptionalHolder,
    Pairs,
    Run,
    Table,
    Tree,
    VariantHolder,
    aligned,
    arguments,
    behind,
    called,
    constants,
    counted,
    either,
    element_type,
    elements_between,
    is_head_of_ring,
    plain_name,
    word,
    word_at,
)
from trapline.inspection.value import Value
from trapline.symbols.types import StructType, Type

_TREE_LINKS, _LIST_LINKS, _HASH_LINKS = 32, 16, 8
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

    links = _LIST_LINKS

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

    links = _HASH_LINKS

    def ends(self) -> tuple[int, int]:
        """Return the first node and a null pointer."""
        return int(self.value["_M_impl"]["_M_head"]["_M_next"]), 0


class _Tree(Tree):
    """A red-black tree: a node has its colour and its parent before the two sides."""

    links, left = _TREE_LINKS, 16

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

    links = _HASH_LINKS

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

    def to_string(self) -> str:
        """Return its name and what it wraps."""
        return f"{plain_name(self.value)} wrapping: {self.value.member('c')}"

    def to_python(self) -> Any:
        """Return the content of the container."""
        return self.value.member("c").to_python()


@printer("std::pair<...>")
class Pair(Printer):
    """`std::pair`, without the empty base class of newer libraries."""

    @classmethod
    def fields(cls, type: Type) -> tuple[tuple[str, Type, int], ...] | None:
        """Return the two."""
        stripped = type.strip()
        members = stripped.members if isinstance(stripped, StructType) else ()
        found = [(one.name, one.type, one.offset) for one in members if one.name in ("first", "second")]
        if [name for name, _, _ in found] != ["first", "second"]:
            return None
        return tuple((str(name), type_, offset) for name, type_, offset in found if isinstance(offset, int))

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give the two."""
        yield "first", self.value.member("first")
        yield "second", self.value.member("second")


@printer("std::optional<...>")
class Optional(OptionalHolder):
    """`std::optional`."""

    def contained(self) -> Value | None:
        """Return the value."""
        return self.once(self._read)

    def _read(self) -> Value | None:
        payload = self.value.member("_M_payload")
        return payload.member("_M_payload").member("_M_value") if payload.member("_M_engaged") else None


@printer("std::variant<...>")
class Variant(VariantHolder):
    """`std::variant`."""

    def index(self) -> Value:
        """Return the number of the active type."""
        return self.value.member("_M_index")

    def union(self) -> Value:
        """Return what begins where the value does."""
        return self.value.member("_M_u")


_MANAGER = lazy(r"(?s)(?P<class>std::any::_Manager_(?P<where>internal|external)<.*>)::_S_manage\(.*")


@printer("std::any")
class AnyHolder(AnyValue):
    """`std::any`: the function that manages the value tells its type."""

    def handler(self) -> int:
        """Return the load address of the function."""
        return int(self.value.member("_M_manager"))

    def managed(self, function: str) -> tuple[str, int] | None:
        """Return the class that the function is of, and where the value is."""
        match = _MANAGER.fullmatch(function)
        if match is None:
            return None
        storage = self.value.member("_M_storage")
        is_inside = match["where"] == "internal"
        return match["class"], storage.place() if is_inside else int(storage.member("_M_ptr"))


@printer("std::tuple<...>")
class Tuple(Printer):
    """`std::tuple`: a class that inherits from the rest of itself."""

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give the elements, counted from 1 as gdb does."""
        for number, element in enumerate(_tuple_elements(self.value), 1):
            yield f"[{number}]", element

    def to_string(self) -> str:
        """Return its name."""
        return "std::tuple containing" if next(self.children(), None) is not None else "empty std::tuple"

    def to_python(self) -> Any:
        """Return the content as a Python tuple."""
        return tuple(child.to_python() for _, child in self.children())


def _tuple_elements(value: Value) -> Iterator[Value]:
    here: Value | None = value
    for _ in range(1000):
        if here is None:
            return
        stripped = here.type.strip()
        assert isinstance(stripped, StructType)
        rest: Value | None = None
        for base in stripped.bases:
            part = here.base(base)
            name = base.type.name or ""
            if "_Tuple_impl<" in name:
                rest = part
            elif "_Head_base<" in name:
                yield _head(part)
        here = rest


def _head(part: Value) -> Value:
    """Return the element of a `_Head_base`: a member, or the base class itself where it is empty."""
    try:
        return part.member("_M_head_impl")
    except VariableNotFound:
        stripped = part.type.strip()
        assert isinstance(stripped, StructType)
        return part.base(stripped.bases[0]) if stripped.bases else part


class _Smart(Printer):
    """A smart pointer."""

    def pointer(self) -> Value:
        """Return the pointer inside."""
        raise NotImplementedError

    def target(self) -> Value:
        """Return what it points to."""
        return self.pointer().dereference()

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give the pointer, as gdb shows it."""
        yield "get()", self.pointer()

    def to_python(self) -> Any:
        """Return the content of what it points to, or None."""
        return self.target().to_python() if int(self.pointer()) else None


@printer("std::unique_ptr<...>")
class UniquePtr(_Smart):
    """`std::unique_ptr`."""

    def pointer(self) -> Value:
        """Return the pointer, the first element of the tuple inside."""
        return self.once(self._read)

    def _read(self) -> Value:
        inner = self.value.member("_M_t")
        for _ in range(3):
            if (inner.type.strip().name or "").startswith("std::tuple<"):
                return next(_tuple_elements(inner))
            inner = inner.member("_M_t")
        raise EvaluationError("this unique_ptr is of a library that is not known")

    def to_string(self) -> str:
        """Return its name."""
        return f"std::unique_ptr<{called(element_type(self.value))}>"


@printer("std::shared_ptr<...>")
class SharedPtr(_Smart):
    """`std::shared_ptr`."""

    title = "std::shared_ptr"

    def pointer(self) -> Value:
        """Return the pointer."""
        return self.value.member("_M_ptr")

    def to_string(self) -> str:
        """Return its name and the counts."""
        name = f"{self.title}<{called(element_type(self.value))}>"
        control = self.value["_M_refcount"]["_M_pi"]
        if not int(control):
            return f"{name} (empty)"
        counts = control.dereference()
        used, weak = int(counts["_M_use_count"]), int(counts["_M_weak_count"])
        if not used:
            return f"{name} (expired, weak count {weak})"
        return f"{name} (use count {used}, weak count {weak - 1})"


@printer("std::weak_ptr<...>")
class WeakPtr(SharedPtr):
    """`std::weak_ptr`."""

    title = "std::weak_ptr"


@printer("std::function<...>")
class Function(Printer):
    """`std::function`: which function calls what it holds."""

    def to_string(self) -> str:
        """Return the invoker's name, which has the callable's type in it."""
        if not int(self.value["_M_manager"]):
            return "empty std::function"
        invoker = int(self.value["_M_invoker"])
        return f"std::function {{{self.value.program.name_of(invoker) or f'{invoker:#x}'}}}"


@printer("std::atomic<...>")
class Atomic(Printer):
    """`std::atomic`: the value inside."""

    def to_string(self) -> Value:
        """Return the value inside."""
        for name in ("_M_i", "_M_base", "_M_b", "_M_fp"):
            try:
                inner = self.value.member(name)
            except VariableNotFound:
                continue
            deeper = {"_M_base": "_M_i", "_M_b": "_M_p"}.get(name)
            return inner.member(deeper) if deeper is not None else inner
        raise EvaluationError("this atomic is of a library that is not known")


@printer("std::bitset<...>")
class Bitset(Printer):
    """`std::bitset`."""

    def to_string(self) -> str:
        """Return the bits, the most significant first."""
        bits = constants(self.value)[0]
        number = int.from_bytes(self.value["_M_w"].contents(), "little") & (1 << bits) - 1
        return f"{number:0{bits}b}" if bits else "empty std::bitset"


@printer(re.compile(r"std::(experimental::)?filesystem::(\w+::)*path"))
class Path(Printer):
    """`std::filesystem::path`: its text."""

    def to_string(self) -> Value:
        """Return the text."""
        return self.value.member("_M_pathname")


_UNITS = {(1, 1): "s", (1, 1000): "ms", (1, 10**6): "us", (1, 10**9): "ns", (60, 1): "min", (3600, 1): "h",
          (86400, 1): "d"}  # fmt: skip


@printer("std::chrono::duration<...>")
class Duration(Printer):
    """`std::chrono::duration`, with its unit."""

    def to_string(self) -> str:
        """Return the count with its unit: `std::chrono::duration = { 5ms }`."""
        count = either(self.value, "__r", "__rep_")
        return f"std::chrono::duration = {{ {count}{self.unit()} }}"

    def unit(self) -> str:
        """Return the unit, by the period's ratio."""
        period = arguments(self.value)[1].strip()
        assert isinstance(period, StructType)
        ratio = [one.value for one in period.template_arguments if isinstance(one.value, int)]
        numerator, denominator = (*ratio, 1, 1)[:2]
        known = _UNITS.get((numerator, denominator))
        return known if known is not None else f"[{numerator}/{denominator}]s"


@printer("std::chrono::time_point<...>")
class TimePoint(Printer):
    """`std::chrono::time_point`: the time since its clock's epoch."""

    def to_string(self) -> Value:
        """Return the duration."""
        return either(self.value, "__d", "__d_")


@printer("__gnu_cxx::__normal_iterator<...>")
class NormalIterator(Printer):
    """An iterator into a vector or string: what it points to."""

    pointer = "_M_current"

    def to_string(self) -> Value:
        """Return the element."""
        return self.target()

    def target(self) -> Value:
        """Return the element."""
        return self.value.member(self.pointer).dereference()


@printer("std::_Deque_iterator<...>")
class DequeIterator(NormalIterator):
    """An iterator into a deque: what it points to."""

    pointer = "_M_cur"


@printer(re.compile(r"std::_List_(const_)?iterator<.*>", re.DOTALL))
class ListIterator(Printer):
    """An iterator into a list: what it points to; behind the last element is the list itself."""

    def to_string(self) -> Value:
        """Return the element, or the pointer to the list."""
        target = self.target()
        return target if target is not None else self.value.member("_M_node")

    def target(self) -> Value | None:
        """Return the element; None behind the last one."""
        node = int(self.value.member("_M_node"))
        if is_head_of_ring(self.value, node, 0, _LIST_LINKS):
            return None
        return behind(self.value, node, _LIST_LINKS, element_type(self.value))


@printer(re.compile(r"std::_Fwd_list_(const_)?iterator<.*>", re.DOTALL))
@printer(re.compile(r"std::__detail::_Node_(const_)?iterator<.*>", re.DOTALL))
class ForwardIterator(Printer):
    """An iterator into a forward list or a hash table: what it points to, a null pointer behind the last."""

    def to_string(self) -> Value:
        """Return the element, or the null pointer."""
        target = self.target()
        return target if target is not None else self._node()

    def _node(self) -> Value:
        return either(self.value, "_M_node", "_M_cur")

    def target(self) -> Value | None:
        """Return the element; None behind the last one."""
        node = int(self._node())
        return behind(self.value, node, _HASH_LINKS, element_type(self.value)) if node else None


@printer(re.compile(r"std::_Bit_((const_)?iterator|reference)"))
class BitIterator(Printer):
    """An iterator into a `std::vector<bool>`, or a reference to one of its bits: the bit."""

    def to_string(self) -> Value:
        """Return the bit."""
        return self.target()

    def target(self) -> Value:
        """Return the bit."""
        word_of_bits = int(self.value.member("_M_p").dereference())
        try:
            bit = 1 << int(self.value.member("_M_offset"))
        except VariableNotFound:
            bit = int(self.value.member("_M_mask"))
        return Value.constant(self.value.program, BOOL, bytes([bool(word_of_bits & bit)]))


@printer("std::_Rb_tree_iterator<...>")
@printer("std::_Rb_tree_const_iterator<...>")
class TreeIterator(Printer):
    """An iterator into a set or map: what it points to; behind the last element is the tree's header."""

    def to_string(self) -> Value:
        """Return the element, or the pointer to the header."""
        target = self.target()
        return target if target is not None else self.value.member("_M_node")

    def target(self) -> Value | None:
        """Return the element; None behind the last one."""
        node = int(self.value.member("_M_node"))
        color, parent, left = (word_at(self.value, node + offset) for offset in (0, 8, 16))
        # The header is red, and the parent of its parent, the root, which is black; alone it is its own left.
        is_header = color & 0xFFFFFFFF == 0 and (
            word_at(self.value, parent + 8) == node if parent else left == node
        )
        return None if is_header else behind(self.value, node, _TREE_LINKS, element_type(self.value))
