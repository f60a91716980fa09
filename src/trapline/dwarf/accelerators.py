"""`.debug_names`, the index that compilers write: which units define a name.

It is used to search fewer bytes and for nothing else: what it names is verified as any other find, and a
unit that it does not cover is searched as ever.  Variables without a place and enumerators are not in it
for certain, so it is not asked for those.

The names of `.gdb_index` are not read (`addresses` has its other half).  gdb leaves types out of it that are
in type units, and going through its names by their last part takes longer than going through the units.

Source: DWARF 5 §6.1.1, §7.19, §7.33 (hash).
"""

from __future__ import annotations

import struct

from trapline.base.errors import BadData
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.dwarf.context import BROKEN
from trapline.dwarf.encoding import uleb
from trapline.dwarf.forms import form_table
from trapline.dwarf.header import unit_end

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trapline.dwarf.file import Dwarf
    from trapline.dwarf.sections import Section

COVERED = frozenset(
    (
        dw.DW_TAG_subprogram,
        dw.DW_TAG_structure_type,
        dw.DW_TAG_class_type,
        dw.DW_TAG_union_type,
        dw.DW_TAG_enumeration_type,
    )
)
"""Tags that the index has completely."""

_ENTRIES = 1 << 16  # entries of one name, or names of one bucket, that are gone through
_LARGEST = 256 << 20  # bytes of an index that is used
_BROKEN = (*BROKEN, BadData, ValueError)


class NamedUnits(NamedTuple):
    """What the index says of a name: units that define it, and units that it covers, by their offsets."""

    defining: frozenset[int]
    covered: frozenset[int]


class Accelerator:
    """The index of one file, if it has one that can be used."""

    __slots__ = ("_dwarf", "_tables")

    def __init__(self, dwarf: Dwarf) -> None:
        """Read nothing yet."""
        self._dwarf = dwarf
        self._tables: list[_NameTable] | None = None

    def units(self, name: bytes) -> NamedUnits | None:
        """Return the units that define a function or type of a name; None when no index can tell."""
        if self._tables is None:
            self._tables = self._read_tables()
        # The hash of other letters needs Unicode's tables.
        if not self._tables or not name.isascii():
            return None
        try:
            defining = frozenset(unit for table in self._tables for unit in table.units(name))
        except _BROKEN:
            self._tables = []  # it was not worth believing
            return None
        return NamedUnits(defining, frozenset(unit for table in self._tables for unit in table.covered))

    def _read_tables(self) -> list[_NameTable]:
        section = self._dwarf.sections.get(".debug_names")
        tables: list[_NameTable] = []
        at = 0
        try:
            while at < section.size <= _LARGEST:
                end, width = unit_end(section.upto(at, 12), at)
                data = section.read(at, end - at)
                tables.append(_NameTable(data, width, self._dwarf.sections.get(".debug_str")))
                at = end
        except _BROKEN:
            return []
        # gdb before version 15 wrote qualified names there, which is not what the section is for.
        return [] if any(table.augmentation.startswith(b"GDB") for table in tables) else tables


class _NameTable:
    """One name index of `.debug_names`; `covered` are the offsets of its units, those of types last."""

    __slots__ = (
        "_abbreviations",
        "_buckets",
        "_data",
        "_hashes",
        "_offsets",
        "_pool",
        "_strings",
        "_type_units",
        "_width",
        "augmentation",
        "covered",
    )

    def __init__(self, data: bytes, width: int, strings: Section) -> None:
        """Find the parts; one of `_BROKEN` when they are not there."""
        at = 4 if width == 4 else 12
        version, _, units, types, foreign, buckets, names, abbreviations, augmentation = struct.unpack_from(
            "<HH7I", data, at
        )
        if version != 5 or not buckets:
            raise ValueError("no hash table of version 5")
        at += 32
        self.augmentation = data[at : at + augmentation]
        at += (augmentation + 3) & ~3
        self._data = data
        self._width = width
        self._strings = strings
        self.covered, at = self._numbers(at, units + types, width)
        self._type_units = units
        at += 8 * foreign
        self._buckets, at = self._numbers(at, buckets, 4)
        self._hashes, at = self._numbers(at, names, 4)
        self._offsets = at, at + width * names
        at += 2 * width * names
        self._abbreviations = self._read_abbreviations(at, at + abbreviations)
        self._pool = at + abbreviations

    def _numbers(self, at: int, count: int, size: int) -> tuple[memoryview, int]:
        end = at + count * size
        if end > len(self._data):
            raise ValueError("cut off")
        return memoryview(self._data[at:end]).cast("I" if size == 4 else "Q"), end

    def _read_abbreviations(self, at: int, end: int) -> dict[int, list[tuple[int, int]]]:
        found: dict[int, list[tuple[int, int]]] = {}
        while at < end:
            code, at = uleb(self._data, at)
            if not code:
                break
            _, at = uleb(self._data, at)
            attributes = found[code] = []
            while True:
                index, at = uleb(self._data, at)
                form, at = uleb(self._data, at)
                if not index and not form:
                    break
                attributes.append((index, form))
        return found

    def units(self, name: bytes) -> Iterator[int]:
        """Yield the units that have entries of a name."""
        wanted = _case_folding_hash(name)
        bucket = wanted % len(self._buckets)
        number = self._buckets[bucket]
        for _ in range(_ENTRIES):
            if not 0 < number <= len(self._hashes):
                return
            value = self._hashes[number - 1]
            if value % len(self._buckets) != bucket:
                return
            if value == wanted and self._strings.c_string(self._offset(0, number - 1)) == name:
                yield from self._entries(self._pool + self._offset(1, number - 1))
            number += 1

    def _offset(self, column: int, number: int) -> int:
        at = self._offsets[column] + number * self._width
        return int.from_bytes(self._data[at : at + self._width], "little")

    def _entries(self, at: int) -> Iterator[int]:
        forms = form_table(5, 8, self._width)
        for _ in range(_ENTRIES):
            code, at = uleb(self._data, at)
            if not code:
                return
            unit = 0
            for index, form in self._abbreviations[code]:
                value = forms.readers[form](self._data, at)
                at = at + forms.sizes[form] if form in forms.sizes else forms.skippers[form](self._data, at)
                if index == dw.DW_IDX_compile_unit and isinstance(value, int):
                    unit = value
                elif index == dw.DW_IDX_type_unit and isinstance(value, int):
                    # One beyond the list is in another file: the index is given up.
                    unit = self._type_units + value
            yield self.covered[unit]


def _case_folding_hash(name: bytes) -> int:
    """Return the hash of an ASCII name in `.debug_names`."""
    value = 5381
    for letter in name.lower():
        value = (value * 33 + letter) & 0xFFFFFFFF
    return value
