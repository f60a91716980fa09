"""The tables of virtual functions of an object: one for each of its parts that has one of its own.

Source: Itanium C++ ABI §2.5; GDB manual, `info vtbl`.
"""

from __future__ import annotations

from collections.abc import Iterator

from trapline.base.errors import DebuggerError, EvaluationError, ValueUnavailable
from trapline.base.fact import NamedTuple
from trapline.inspection.value import Value
from trapline.symbols.types import PointerType, StructType

_DEPTH = 64
_MOST = 10_000
"""Functions in one table."""


class VirtualTable(NamedTuple):
    """A table and what it is of.

    `type` is the class of the part that points to it, the most derived one, `place` the part's load address,
    `address` that of the first function's entry, `functions` what the entries hold: load addresses, or why
    one cannot be read.
    """

    type: str
    place: int
    address: int
    functions: tuple[int | str, ...]


def virtual_tables(value: Value) -> list[VirtualTable]:
    """Return the tables of an object, or of what a pointer or reference refers to, by their places.

    Raises:
        EvaluationError: it has none.
        MemoryFault, ValueUnavailable: the object cannot be read.
    """
    value = value.referent()
    if isinstance(value.type.strip(), PointerType):
        value = value.dereference()
    stripped = value.type.strip()
    if not isinstance(stripped, StructType) or not stripped.is_dynamic:
        raise EvaluationError("This object does not have a virtual function table")
    parts: dict[int, tuple[Value, int]] = {}
    for part, last in _parts(value, _DEPTH, set()):
        place = part.place()
        first, most = parts.get(place, (part, -1))
        parts[place] = first, max(most, last)
    return [
        _table(part, place, last) for place, (part, last) in sorted(parts.items(), key=_place) if last >= 0
    ]


def _place(item: tuple[int, object]) -> int:
    return item[0]


def _parts(value: Value, depth: int, seen: set[tuple[int, StructType]]) -> Iterator[tuple[Value, int]]:
    """Give an object and its bases that have a table, each with the index of its last virtual function.

    A virtual base is one part, by however many ways it is come by; `seen` are the parts so far.
    """
    stripped = value.type.strip()
    if depth <= 0 or not isinstance(stripped, StructType) or not stripped.is_dynamic:
        return
    if (part := (value.place(), stripped)) in seen:
        return
    seen.add(part)
    indices = [method.virtual_index for method in stripped.methods if method.is_virtual]
    yield value, min(max((index for index in indices if index is not None), default=-1), _MOST)
    for base in stripped.bases:
        yield from _parts(value.base(base), depth - 1, seen)


def _table(part: Value, place: int, last: int) -> VirtualTable:
    memory = part.program
    table = int.from_bytes(memory.read(place, 8), "little")
    functions: list[int | str] = []
    for index in range(last + 1):
        try:
            functions.append(int.from_bytes(memory.read(table + 8 * index, 8), "little"))
        except (DebuggerError, ValueUnavailable) as error:
            functions.append(str(error))
    return VirtualTable(str(part.type.strip()), place, table, tuple(functions))
