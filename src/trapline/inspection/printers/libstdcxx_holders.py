"""What leads to other values in GNU's C++ library, in the words of its own printers for gdb.

Source: libstdc++ headers: bits/stl_pair.h, shared_ptr_base.h, unique_ptr.h, optional, variant, any, tuple,
std_function.h, stl_iterator.h, chrono; GCC 5 and newer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from trapline.base.errors import EvaluationError, VariableNotFound
from trapline.base.patterns import lazy
from trapline.base.typing import Any
from trapline.inspection.printers import Printer, printer
from trapline.inspection.printers.containers import arguments, behind, either, element_type, word_at
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
)
from trapline.inspection.printers.libstdcxx import HASH_LINKS, LIST_LINKS, TREE_LINKS
from trapline.inspection.value import Value
from trapline.symbols.types import StructType, Type


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
class Tuple(Elements):
    """`std::tuple`: a class that inherits from the rest of itself."""

    @classmethod
    def record(cls, type: Type) -> tuple[tuple[str, Type, int], ...] | None:
        """Return the elements, where none is an empty class."""
        found: list[tuple[str, Type, int]] = []
        here, start = type.strip(), 0
        while isinstance(here, StructType):
            rest: Type | None = None
            behind = start
            for base in here.bases:
                if not isinstance(base.offset, int):
                    return None
                name = base.type.name or ""
                if "_Tuple_impl<" in name:
                    rest, behind = base.type.strip(), start + base.offset
                elif "_Head_base<" in name:
                    head = base.type.strip()
                    member = head.member("_M_head_impl") if isinstance(head, StructType) else None
                    if member is None or not isinstance(member.offset, int):
                        return None
                    found.append((str(len(found)), member.type, start + base.offset + member.offset))
            here, start = rest, behind  # type: ignore[assignment]  # None ends the loop
        return tuple(found) or None

    def elements(self) -> Iterator[Value]:
        """Give the elements."""
        return _tuple_elements(self.value)


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


@printer("std::unique_ptr<...>")
class UniquePtr(Smart):
    """`std::unique_ptr`."""

    title = "std::unique_ptr"

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


@printer("std::shared_ptr<...>")
class SharedPtr(Smart):
    """`std::shared_ptr`."""

    title = "std::shared_ptr"

    def pointer(self) -> Value:
        """Return the pointer."""
        return self.value.member("_M_ptr")

    def to_string(self) -> str:
        """Return its name and the counts."""
        name = super().to_string()
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
class Bitset(Bitmask):
    """`std::bitset`."""

    words = "_M_w"


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


# -- iterators -----------------------------------------------------------------------------------------


@printer("__gnu_cxx::__normal_iterator<...>")
class NormalIterator(Pointing):
    """An iterator into a vector or string."""

    pointers = ("_M_current",)


@printer("std::_Deque_iterator<...>")
class DequeIterator(Pointing):
    """An iterator into a deque."""

    pointers = ("_M_cur",)


@printer(re.compile(r"std::_List_(const_)?iterator<.*>", re.DOTALL))
class ListIterator(PointingIntoRing):
    """An iterator into a list."""

    pointers = ("_M_node",)
    links = LIST_LINKS


@printer(re.compile(r"std::_Fwd_list_(const_)?iterator<.*>", re.DOTALL))
@printer(re.compile(r"std::__detail::_Node_(const_)?iterator<.*>", re.DOTALL))
class ForwardIterator(Pointing):
    """An iterator into a forward list or a hash table: behind the last is a null pointer."""

    pointers = ("_M_node", "_M_cur")

    def target(self) -> Value | None:
        """Return the element; None behind the last one."""
        node = int(self.pointer())
        return behind(self.value, node, HASH_LINKS, element_type(self.value)) if node else None


@printer(re.compile(r"std::_Bit_((const_)?iterator|reference)"))
class BitIterator(PointingToBit):
    """An iterator into a `std::vector<bool>`, or a reference to one of its bits."""

    word, number, mask = "_M_p", "_M_offset", "_M_mask"


@printer("std::_Rb_tree_iterator<...>")
@printer("std::_Rb_tree_const_iterator<...>")
class TreeIterator(Pointing):
    """An iterator into a set or map: behind the last element is the tree's header."""

    pointers = ("_M_node",)

    def target(self) -> Value | None:
        """Return the element; None behind the last one."""
        node = int(self.pointer())
        color, parent, left = (word_at(self.value, node + offset) for offset in (0, 8, 16))
        # The header is red, and the parent of its parent, the root, which is black; alone it is its own left.
        is_header = color & 0xFFFFFFFF == 0 and (
            word_at(self.value, parent + 8) == node if parent else left == node
        )
        return None if is_header else behind(self.value, node, TREE_LINKS, element_type(self.value))
