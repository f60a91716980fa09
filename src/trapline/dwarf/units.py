"""Debugging information entries, the units that hold them, and the file that holds the units.

Nothing is decoded before it is asked for: a `Dwarf` walks the unit headers once, a `Unit` reads its bytes
when one of its DIEs is needed, and a `Die` is a place in those bytes that decodes one attribute at a time.
All addresses are file addresses, all offsets bytes into `.debug_info` (`.debug_types` for the type units
of DWARF 4), absolute there.

A reader method raises BadData where the bytes contradict the format; headers that do are left out and
named in `Dwarf.problems`.

Source: DWARF 5 §2, §3.1, §7.5; https://gcc.gnu.org/wiki/DebugFission for GNU's split DWARF 4.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_right
from typing import TYPE_CHECKING

from trapline.base.address import FileAddress
from trapline.base.errors import BadData
from trapline.dwarf import constants as dw
from trapline.dwarf.abbreviations import Abbreviations
from trapline.dwarf.addresses import AddressMap, read_aranges
from trapline.dwarf.encoding import uleb
from trapline.dwarf.forms import (
    ADDRESS_INDICES,
    ADDRESSES,
    BLOCKS,
    STRING_INDICES,
    SUPPLEMENTARY_REFERENCES,
    UNIT_REFERENCES,
    direct_form,
)
from trapline.dwarf.lists import END_OF_SPACE, ListReader, LocationRange, Range
from trapline.dwarf.package import read_index
from trapline.dwarf.sections import Sections
from trapline.elf.image import ET_REL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trapline.dwarf.abbreviations import Abbreviation, AbbreviationTable, Place
    from trapline.dwarf.package import Contributions
    from trapline.dwarf.sections import Section
    from trapline.elf.image import Image

    AttributeValue = int | str | bytes

_HOPS = 32  # references followed from one DIE to what it completes
_DEPTH = 1000  # DIEs one inside the other; compilers nest some dozens
_HEAD = 256  # bytes read of a unit for its first DIE alone
_KEPT = 48 << 20  # bytes of units kept in memory
_PROBLEMS = 20  # broken places that are named

_BROKEN = (IndexError, KeyError, struct.error)
_PLAIN_UNITS = frozenset((dw.DW_UT_compile, dw.DW_UT_partial, dw.DW_UT_skeleton, dw.DW_UT_split_compile))
_TYPE_UNITS = frozenset((dw.DW_UT_type, dw.DW_UT_split_type))
_FLAGS = frozenset((dw.DW_FORM_flag, dw.DW_FORM_flag_present))
_SUPPLEMENTARY_STRINGS = frozenset((dw.DW_FORM_GNU_strp_alt, dw.DW_FORM_strp_sup))
# Forms in which DWARF 2 and 3 wrote what is DW_FORM_sec_offset since.
_OLD_OFFSETS = frozenset((dw.DW_FORM_data4, dw.DW_FORM_data8))
# Tags that lend their name to the qualified names of what they enclose.
_NAME_SPACES = frozenset(
    (
        dw.DW_TAG_namespace,
        dw.DW_TAG_class_type,
        dw.DW_TAG_structure_type,
        dw.DW_TAG_union_type,
        dw.DW_TAG_enumeration_type,
        dw.DW_TAG_interface_type,
        dw.DW_TAG_module,
    )
)


class Die:
    """One debugging information entry.

    `offset` is where it begins, in bytes into its section; `tag` is a DW_TAG.  Two are equal when they are
    the same entry of the same unit.
    """

    __slots__ = ("_at", "_parent", "abbreviation", "offset", "tag", "unit")

    def __init__(
        self, unit: Unit, offset: int, abbreviation: Abbreviation, at: int, parent: Die | None = None
    ) -> None:
        """Decode nothing; `at` is where the attributes are, counted from the unit's first byte."""
        self.unit = unit
        self.offset = offset
        self.tag = abbreviation.tag
        self.abbreviation = abbreviation
        self._at = at
        self._parent = parent

    def __repr__(self) -> str:
        return f"Die({self.offset:#x}, tag {self.tag:#x})"

    def __eq__(self, other: object) -> bool:
        """Equal when the same entry of the same unit."""
        if not isinstance(other, Die):
            return NotImplemented
        return self.offset == other.offset and self.unit is other.unit

    def __hash__(self) -> int:
        """Hash of the place."""
        return hash(self.offset)

    # Attributes

    @property
    def has_children(self) -> bool:
        """Whether there may be entries inside."""
        return self.abbreviation.has_children

    def has(self, attribute: int) -> bool:
        """Return whether the entry has a DW_AT."""
        return attribute in self.abbreviation.places

    def attributes(self) -> list[tuple[int, int]]:
        """Return (DW_AT, DW_FORM) of all attributes, in order."""
        return [(attribute, form) for attribute, form, _ in self.abbreviation.attributes]

    def form(self, attribute: int) -> int | None:
        """Return the DW_FORM of an attribute, of an indirect one what it stands for; None when absent."""
        place = self.abbreviation.places.get(attribute)
        return None if place is None else self._plain(place)[0]

    def _plain(self, place: Place) -> tuple[int, int | bytes]:
        """Return the form and the plain value of an attribute."""
        if place.constant is not None:
            return place.form, place.constant
        unit = self.unit
        raw = unit.data
        try:
            at = self.abbreviation.position(raw, self._at, place)
            if place.reader is not None:
                return place.form, place.reader(raw, at)
            form, at = direct_form(raw, at)
            return form, self.abbreviation.forms.readers[form](raw, at)
        except _BROKEN:
            raise unit.section.error("an attribute is cut off or of unknown form", self.offset) from None

    def get(self, attribute: int) -> AttributeValue | None:
        """Return an attribute's value, None when the entry does not have it.

        Strings are `str`, addresses file addresses, flags bool, blocks and expressions `bytes`; references
        are offsets (signatures for DW_FORM_ref_sig8): `ref` gives the entry.  What DW_FORM_data* says is
        unsigned, whatever the attribute's sign is.

        Raises:
            BadData: the value lies outside its section.
        """
        place = self.abbreviation.places.get(attribute)
        if place is None:
            return None
        form, value = self._plain(place)
        return self.unit.resolve(form, value)

    def integer(self, attribute: int) -> int | None:
        """Return the value of an attribute that is a number, None when it is absent or none."""
        value = self.get(attribute)
        return value if isinstance(value, int) else None

    def string(self, attribute: int) -> str | None:
        """Return the value of an attribute that is a string, None when it is absent or none."""
        value = self.get(attribute)
        return value if isinstance(value, str) else None

    def block(self, attribute: int) -> bytes | None:
        """Return the value of an attribute that is a block or an expression, None when absent or none."""
        value = self.get(attribute)
        return value if isinstance(value, bytes) else None

    def flag(self, attribute: int) -> bool:
        """Return whether a flag is there and set."""
        return bool(self.get(attribute))

    @property
    def name(self) -> str | None:
        """DW_AT_name of the entry itself; None when it has none."""
        return self.string(dw.DW_AT_name)

    def address(self, attribute: int) -> FileAddress | None:
        """Return the value of an attribute that is an address, None when it is absent or none."""
        place = self.abbreviation.places.get(attribute)
        if place is None:
            return None
        form, value = self._plain(place)
        if form not in ADDRESSES or not isinstance(value, int):
            return None
        return self.unit.address_at(value) if form in ADDRESS_INDICES else FileAddress(value)

    # References

    def ref(self, attribute: int) -> Die | None:
        """Return the entry that an attribute refers to, in this unit, another, or another file.

        None when the attribute is absent or no reference, or the file it leads to is not here (dwz, or a
        type unit that is in no file known).

        Raises:
            BadData: there is no entry at that place.
        """
        place = self.abbreviation.places.get(attribute)
        if place is None:
            return None
        form, value = self._plain(place)
        if not isinstance(value, int):
            return None
        unit = self.unit
        if form in UNIT_REFERENCES:
            return unit.die(unit.offset + value)
        if form == dw.DW_FORM_ref_addr:
            return unit.dwarf.die(value)
        if form == dw.DW_FORM_ref_sig8:
            types = unit.dwarf.type_unit(value)
            return types.type_die if types is not None else None
        if form in SUPPLEMENTARY_REFERENCES:
            other = unit.dwarf.supplementary
            return other.die(value) if other is not None else None
        return None

    def _origin(self) -> Die | None:
        return self.ref(dw.DW_AT_abstract_origin) or self.ref(dw.DW_AT_specification)

    def origins(self) -> Iterator[Die]:
        """Yield the entry, then what it is an instance or the definition of, then what that one is, ..."""
        die: Die | None = self
        for _ in range(_HOPS):
            if die is None:
                return
            yield die
            die = die._origin()

    def find(self, attribute: int) -> AttributeValue | None:
        """Return an attribute of the entry, or of what it is an instance or the definition of."""
        for die in self.origins():
            if attribute in die.abbreviation.places:
                return die.get(attribute)
        return None

    def find_ref(self, attribute: int) -> Die | None:
        """Return what an attribute refers to: `find` for references."""
        for die in self.origins():
            if attribute in die.abbreviation.places:
                return die.ref(attribute)
        return None

    def find_string(self, attribute: int) -> str | None:
        """Return a string attribute: `find` for strings."""
        value = self.find(attribute)
        return value if isinstance(value, str) else None

    # The tree

    def children(self) -> Iterator[Die]:
        """Yield the entries directly inside, in order.

        Raises:
            BadData: the tree is broken.
        """
        if self.abbreviation.has_children:
            unit = self.unit
            base = unit.offset
            for start, abbreviation, at, _ in unit.siblings(self.children_at()):
                yield Die(unit, base + start, abbreviation, at, self)

    def children_at(self) -> int:
        """Return where the first child is, in bytes from the unit's first byte."""
        try:
            return self.abbreviation.end(self.unit.data, self._at)
        except _BROKEN:
            raise self.unit.section.error("an entry is cut off", self.offset) from None

    @property
    def parent(self) -> Die | None:
        """The entry around this one; None for a unit's first."""
        if self._parent is None and self.offset != self.unit.first:
            self._parent = self.unit.parent_of(self)
        return self._parent

    # Code and places

    def ranges(self) -> list[Range]:
        """Return the code of the entry; none for code that the linker dropped.

        An entry with DW_AT_low_pc alone is a single address.

        Raises:
            BadData: the list is broken.

        Source: DWARF 5 §2.17.
        """
        unit = self.unit
        place = self.abbreviation.places.get(dw.DW_AT_ranges)
        if place is not None:
            return unit.range_list(*self._plain(place))
        low = self.address(dw.DW_AT_low_pc)
        if low is None or unit.dwarf.is_dropped(low):
            return []
        place = self.abbreviation.places.get(dw.DW_AT_high_pc)
        if place is None:
            return [Range(low, FileAddress(low + 1))]
        high = unit.high_pc(low, *self._plain(place))
        return [Range(low, high)] if low < high else []

    def locations(self, attribute: int) -> list[LocationRange]:
        """Return the expressions of an attribute, each with the run of addresses where it holds.

        An expression that holds everywhere, and the default of a list (which comes last), are for all
        addresses.

        Raises:
            BadData: the list is broken.

        Source: DWARF 5 §2.6.
        """
        place = self.abbreviation.places.get(attribute)
        if place is None:
            return []
        form, value = self._plain(place)
        if isinstance(value, bytes):
            return [LocationRange(FileAddress(0), END_OF_SPACE, value)] if form in BLOCKS else []
        return self.unit.location_list(form, value)

    def location(self, attribute: int, pc: int) -> bytes | None:
        """Return the expression that holds at file address `pc`, None when there is none there.

        Raises:
            BadData: the list is broken.
        """
        for start, end, expression in self.locations(attribute):
            if start <= pc < end:
                return expression
        return None


class Unit:
    """One unit: a compilation's, a piece of one that several share, or a type.

    `offset` and `end` are its bounds in its section, `kind` is a DW_UT, `signature` the type's or, where
    the unit's code is described by a split unit, the number that both have (0 for none).  `skeleton` is,
    for a split unit, the unit in the program that it completes.
    """

    __slots__ = (
        "_body",
        "_data",
        "_inner",
        "_root",
        "_table",
        "_values",
        "abbreviations_at",
        "address_size",
        "contributions",
        "dwarf",
        "end",
        "first",
        "kind",
        "offset",
        "offset_size",
        "section",
        "signature",
        "skeleton",
        "type_offset",
        "version",
    )

    def __init__(self, dwarf: Dwarf, section: Section, offset: int) -> None:
        """Read the header.

        Raises:
            BadData: it is cut off, or of a version that nobody knows.
        """
        self.dwarf = dwarf
        self.section = section
        self.offset = offset
        self.skeleton: Unit | None = None
        self._data: bytes | None = None
        self._table: AbbreviationTable | None = None
        self._root: Die | None = None
        self._values: dict[int, tuple[int, int | bytes]] | None = None
        self._inner: dict[int, tuple[array[int], array[int]]] = {}
        self._body: Unit | None = None
        header = section.upto(offset, 48)
        try:
            self._read_header(header)
        except (IndexError, struct.error):
            raise section.error("a unit header is cut off", offset) from None
        if not self.first < self.end <= section.size:
            raise section.error(f"a unit of {self.end - offset} bytes in {section.size}", offset)

    def _read_header(self, header: bytes) -> None:
        self.end, self.offset_size = unit_end(header, self.offset)
        at = 4 if self.offset_size == 4 else 12
        self.version = int.from_bytes(header[at : at + 2], "little")
        if not 2 <= self.version <= 5:
            raise self.section.error(f"a unit of unknown version {self.version}", self.offset)
        at += 2
        self.signature = 0
        self.type_offset = 0
        if self.version >= 5:
            self.kind, self.address_size = header[at], header[at + 1]
            self.abbreviations_at = _number(header, at + 2, self.offset_size)
            at += 2 + self.offset_size
            if self.kind not in _PLAIN_UNITS | _TYPE_UNITS:
                raise self.section.error(f"a unit of unknown kind {self.kind}", self.offset)
            has_signature = self.kind not in (dw.DW_UT_compile, dw.DW_UT_partial)
        else:
            has_signature = self.section is not self.dwarf.info
            self.kind = dw.DW_UT_type if has_signature else dw.DW_UT_compile
            self.abbreviations_at = _number(header, at, self.offset_size)
            self.address_size = header[at + self.offset_size]
            at += self.offset_size + 1
        if has_signature:
            self.signature = _number(header, at, 8)
            at += 8
        if self.kind in _TYPE_UNITS:
            self.type_offset = _number(header, at, self.offset_size)
            at += self.offset_size
        if self.address_size not in (4, 8):
            raise self.section.error(f"addresses of {self.address_size} bytes", self.offset)
        self.first = self.offset + at
        # In a package, the sections of a unit are pieces of what the package has.
        self.contributions = self.dwarf.contributions_at(self.section, self.offset)
        self.abbreviations_at += self._piece(".debug_abbrev")

    def __repr__(self) -> str:
        return f"Unit({self.offset:#x})"

    def _piece(self, section: str) -> int:
        """Return where the unit's piece of a package's section begins, 0 outside packages."""
        return self.contributions.get(section, (0, 0))[0]

    @property
    def is_split(self) -> bool:
        """Whether it is in a `.dwo` or `.dwp` file."""
        return self.dwarf.is_split

    # Bytes

    @property
    def data(self) -> bytes:
        """The unit's bytes, header and all; read when first asked for, and again if they were let go."""
        data = self._data
        if data is None:
            data = self._data = self.section.read(self.offset, self.end - self.offset)
            self.dwarf.keep(self)
        return data

    def let_go(self) -> None:
        """Forget the unit's bytes; they are read again when needed."""
        self._data = None

    @property
    def table(self) -> AbbreviationTable:
        """The abbreviations by code."""
        if self._table is None:
            self._table = self.dwarf.abbreviations.table(self.abbreviations_at, self.width)
        return self._table

    @property
    def width(self) -> tuple[int, int, int]:
        """What decides how forms are written: (version, address size, offset size), sizes in bytes."""
        return self.version, self.address_size, self.offset_size

    # DIEs

    @property
    def root(self) -> Die:
        """The unit's first DIE.

        Raises:
            BadData: it is cut off.
        """
        if self._root is None:
            self._root = self.die(self.first)
        return self._root

    @property
    def type_die(self) -> Die:
        """The type that a type unit is for; BadData when there is none at its place."""
        return self.die(self.offset + self.type_offset)

    def die(self, offset: int) -> Die:
        """Return the DIE at an offset of the section.

        Raises:
            BadData: the unit has none there.
        """
        if self.first <= offset < self.end:
            try:
                code, at = uleb(self.data, offset - self.offset)
                if code:
                    return Die(self, offset, self.table[code], at)
            except _BROKEN:
                pass
        raise self.section.error("no entry there", offset)

    def dies(self) -> Iterator[Die]:
        """Yield all DIEs in order, each with its parent known.

        Raises:
            BadData: the tree is broken.
        """
        raw, table, base = self.data, self.table, self.offset
        at, size = self.first - base, len(raw)
        around: list[Die] = []
        parent: Die | None = None
        try:
            while at < size:
                start = at
                code = raw[at]
                at += 1
                if code >= 0x80:
                    code, at = uleb(raw, start)
                if not code:
                    if not around:
                        return
                    around.pop()
                    if not around:
                        return
                    parent = around[-1]
                    continue
                abbreviation = table[code]
                die = Die(self, base + start, abbreviation, at, parent)
                yield die
                at = abbreviation.end(raw, at)
                if abbreviation.has_children:
                    around.append(die)
                    parent = die
                elif parent is None:
                    return
        except _BROKEN:
            raise self.section.error("a broken tree of entries", base + start) from None

    def siblings(self, at: int) -> Iterator[tuple[int, Abbreviation, int, int]]:
        """Yield the DIEs from `at` to the end of its list: start, abbreviation, attributes' place, end.

        All places are bytes from the unit's first byte; the end is behind the DIE's children.

        Raises:
            BadData: the tree is broken.
        """
        raw, table = self.data, self.table
        size = len(raw)
        try:
            while at < size:
                start = at
                code = raw[at]
                at += 1
                if code >= 0x80:
                    code, at = uleb(raw, start)
                if not code:
                    return
                abbreviation = table[code]
                end = self._behind(raw, table, abbreviation, at)
                yield start, abbreviation, at, end
                at = end
        except _BROKEN:
            raise self.section.error("a broken tree of entries", self.offset + start) from None

    def _behind(self, raw: bytes, table: AbbreviationTable, abbreviation: Abbreviation, at: int) -> int:
        """Return where the DIE whose attributes are at `at` ends, with all that is inside it."""
        end = abbreviation.end(raw, at)
        if not abbreviation.has_children:
            return end
        sibling = self._sibling(raw, abbreviation, at)
        if end <= sibling <= len(raw):
            return sibling
        depth, at, size = 1, end, len(raw)
        while at < size:
            start = at
            code = raw[at]
            at += 1
            if code >= 0x80:
                code, at = uleb(raw, start)
            if not code:
                depth -= 1
                if not depth:
                    return at
                continue
            abbreviation = table[code]
            if abbreviation.has_children:
                sibling = self._sibling(raw, abbreviation, at)
                if at < sibling <= size:
                    at = sibling
                    continue
                depth += 1
                if depth > _DEPTH:
                    raise IndexError("nested too deeply")
            at = abbreviation.end(raw, at)
        return size

    def _sibling(self, raw: bytes, abbreviation: Abbreviation, at: int) -> int:
        """Return where DW_AT_sibling says the next DIE is, from the unit's first byte; -1 if it does not."""
        place = abbreviation.sibling
        if place is None or place.form not in UNIT_REFERENCES or place.reader is None:
            return -1
        value = place.reader(raw, abbreviation.position(raw, at, place))
        return value if isinstance(value, int) else -1

    def parent_of(self, die: Die) -> Die | None:
        """Return the DIE around one; found from the top, through what was seen of the unit before.

        Raises:
            BadData: the tree is broken.
        """
        parent = self.root
        at = die.offset - self.offset
        for _ in range(_DEPTH):
            starts, ends = self._containers(parent)
            number = bisect_right(starts, at) - 1
            if number < 0 or starts[number] == at or ends[number] <= at:
                return parent
            inner = self.die(self.offset + starts[number])
            inner._parent = parent
            parent = inner
        raise self.section.error(f"entries nested deeper than {_DEPTH}", die.offset)

    def _containers(self, die: Die) -> tuple[array[int], array[int]]:
        """Return starts and ends of the children of a DIE that have children."""
        found = self._inner.get(die.offset)
        if found is None:
            found = array("Q"), array("Q")
            if die.has_children:
                for start, abbreviation, _, end in self.siblings(die.children_at()):
                    if abbreviation.has_children:
                        found[0].append(start)
                        found[1].append(end)
            self._inner[die.offset] = found
        return found

    # What the first DIE says of the unit; read without the rest of the unit

    def _first_values(self) -> dict[int, tuple[int, int | bytes]]:
        """Return form and plain value of the first DIE's attributes."""
        if self._values is None:
            size = self.end - self.offset
            window = _HEAD if self._data is None else size
            while True:
                raw = self._data or self.section.read(self.offset, min(window, size))
                try:
                    self._values = self._decode_first(raw)
                    break
                except _BROKEN:
                    if window >= size:
                        raise self.section.error("its first entry is cut off", self.first) from None
                window *= 4
        return self._values

    def _decode_first(self, raw: bytes) -> dict[int, tuple[int, int | bytes]]:
        code, at = uleb(raw, self.first - self.offset)
        abbreviation = self.dwarf.abbreviations.first(self.abbreviations_at, self.width, code)
        die = Die(self, self.first, abbreviation, at)
        values: dict[int, tuple[int, int | bytes]] = {}
        for attribute, place in abbreviation.places.items():
            if place.constant is not None:
                values[attribute] = place.form, place.constant
                continue
            position = abbreviation.position(raw, at, place)
            form = place.form
            reader = place.reader
            if reader is None:
                form, position = direct_form(raw, position)
                reader = die.abbreviation.forms.readers[form]
            values[attribute] = form, reader(raw, position)
        return values

    def get(self, attribute: int) -> AttributeValue | None:
        """Return an attribute of the unit's first DIE as `Die.get` does; does not read the whole unit."""
        found = self._first_values().get(attribute)
        return None if found is None else self.resolve(*found)

    def _string(self, attribute: int) -> str | None:
        value = self.get(attribute)
        return value if isinstance(value, str) else None

    def _integer(self, attribute: int) -> int | None:
        value = self.get(attribute)
        return value if isinstance(value, int) else None

    @property
    def name(self) -> str | None:
        """The source file as the compiler was given it."""
        return self._string(dw.DW_AT_name)

    @property
    def directory(self) -> str | None:
        """The directory that the compiler ran in."""
        return self._string(dw.DW_AT_comp_dir)

    @property
    def producer(self) -> str | None:
        """The compiler, with its options if it was told to write them."""
        return self._string(dw.DW_AT_producer)

    @property
    def language(self) -> int | None:
        """A DW_LANG; of a unit whose code is described elsewhere, what is said there."""
        language = self._integer(dw.DW_AT_language)
        if language is None and self.body is not self:
            language = self.body.language
        return language

    @property
    def line_offset(self) -> int | None:
        """Where the line table is in `.debug_line`, in bytes; for a split unit, in its skeleton's file."""
        unit = self.skeleton or self
        offset = unit._integer(dw.DW_AT_stmt_list)
        return None if offset is None else offset + unit._piece(".debug_line")

    @property
    def low_pc(self) -> FileAddress | None:
        """The file address that the unit's lists count from, None when it states none."""
        unit = self.skeleton or self
        form, value = unit._first_values().get(dw.DW_AT_low_pc, (0, 0))
        if form not in ADDRESSES or not isinstance(value, int):
            return None
        return unit.address_at(value) if form in ADDRESS_INDICES else FileAddress(value)

    def ranges(self) -> list[Range]:
        """Return the unit's code, without what the linker dropped.

        Raises:
            BadData: the list is broken.
        """
        unit = self.skeleton or self
        values = unit._first_values()
        if dw.DW_AT_ranges in values:
            return unit.range_list(*values[dw.DW_AT_ranges])
        low = unit.low_pc
        if low is None or dw.DW_AT_high_pc not in values or unit.dwarf.is_dropped(low):
            return []
        high = unit.high_pc(low, *values[dw.DW_AT_high_pc])
        return [Range(low, high)] if low < high else []

    @property
    def body(self) -> Unit:
        """The unit whose DIEs describe the code: the split unit, where there is one that can be found."""
        if self._body is None:
            self._body = self._find_body()
        return self._body

    def _find_body(self) -> Unit:
        if self.dwarf.is_split or (self.version >= 5 and self.kind != dw.DW_UT_skeleton):
            return self
        if self.version < 5:
            values = self._first_values()
            signature = values.get(dw.DW_AT_GNU_dwo_id, (0, None))[1]
            if dw.DW_AT_GNU_dwo_name not in values or not isinstance(signature, int):
                return self
            self.signature = signature
        split = self.dwarf.find_split(self) if self.dwarf.find_split is not None else None
        body = split.split_unit(self.signature) if split is not None else None
        if body is None:
            return self
        body.skeleton = self
        body._body = body
        return body

    @property
    def split_name(self) -> str | None:
        """The name of the file that the unit's DIEs were split off to, None when they were not."""
        return self._string(dw.DW_AT_dwo_name) or self._string(dw.DW_AT_GNU_dwo_name)

    # What plain values mean in this unit

    def resolve(self, form: int, value: int | bytes) -> AttributeValue | None:
        """Return what a plain value of a form means: see `Die.get`; None for what is in a file not here.

        Raises:
            BadData: it lies outside its section.
        """
        if isinstance(value, bytes):
            return value.decode("utf-8", "backslashreplace") if form == dw.DW_FORM_string else value
        if form == dw.DW_FORM_strp:
            return self.dwarf.string(".debug_str", value)
        if form in UNIT_REFERENCES:
            return self.offset + value
        if form in _FLAGS:
            return bool(value)
        if form in STRING_INDICES:
            return self.string_at(value)
        if form == dw.DW_FORM_line_strp:
            return self.dwarf.string(".debug_line_str", value)
        if form in ADDRESS_INDICES:
            return self.address_at(value)
        if form in _SUPPLEMENTARY_STRINGS:
            other = self.dwarf.supplementary
            return other.string(".debug_str", value) if other is not None else None
        return value

    def _base(self, attribute: int, missing: int) -> int:
        """Return a DW_AT_*_base of the unit, `missing` when it states none."""
        form_and_value = self._first_values().get(attribute)
        value = form_and_value[1] if form_and_value is not None else None
        return value if isinstance(value, int) else missing

    def string_at(self, index: int) -> str:
        """Return a string by its index in the unit's `.debug_str_offsets`.

        Raises:
            BadData: there is no such string.
        """
        section = self.dwarf.sections.get(".debug_str_offsets")
        # GNU's split DWARF 4 has no header there; version 5 has, and does not state the base in .dwo files.
        header = 0 if self.version < 5 else 2 * self.offset_size
        base = self._base(dw.DW_AT_str_offsets_base, self._piece(".debug_str_offsets") + header)
        return self.dwarf.string(
            ".debug_str", section.unsigned(base + index * self.offset_size, self.offset_size)
        )

    def address_at(self, index: int) -> FileAddress:
        """Return an address by its index in the unit's `.debug_addr`.

        Raises:
            BadData: there is no such address.
        """
        unit = self.skeleton or self
        base = unit._base(dw.DW_AT_addr_base, -1)
        if base < 0:
            base = unit._base(dw.DW_AT_GNU_addr_base, 8 if unit.version >= 5 else 0)
        section = unit.dwarf.sections.get(".debug_addr")
        return FileAddress(section.unsigned(base + index * unit.address_size, unit.address_size))

    def high_pc(self, low: int, form: int, value: int | bytes) -> FileAddress:
        """Return the end of the code that begins at file address `low`, from DW_AT_high_pc.

        Raises:
            BadData: it is neither a size nor an address.
        """
        if not isinstance(value, int):
            raise self.section.error(f"DW_AT_high_pc of form {form:#x}", self.offset)
        if form in ADDRESS_INDICES:
            return self.address_at(value)
        return FileAddress(value if form == dw.DW_FORM_addr else low + value)

    def _lists(self) -> ListReader:
        return ListReader(self.low_pc or 0, self.address_size, self.address_at)

    def _list_offset(self, section: Section, base_attribute: int, index: int) -> int:
        """Return where a list is that is given by its index, in bytes into `section`."""
        # The table of offsets is behind a header of 12 or 20 bytes; its base is stated except in .dwo files.
        header = 12 if self.offset_size == 4 else 20
        base = self._base(base_attribute, self._piece(section.name.removesuffix(".dwo")) + header)
        return base + section.unsigned(base + index * self.offset_size, self.offset_size)

    def range_list(self, form: int, value: int | bytes) -> list[Range]:
        """Return the ranges that a DW_AT_ranges of this unit names, without code that the linker dropped.

        Raises:
            BadData: the list is broken, or the form is none that names lists.
        """
        if not isinstance(value, int):
            raise self.section.error(f"DW_AT_ranges of form {form:#x}", self.offset)
        if self.version >= 5:
            section = self.dwarf.sections.get(".debug_rnglists")
            if form == dw.DW_FORM_rnglistx:
                value = self._list_offset(section, dw.DW_AT_rnglists_base, value)
            else:
                value += self._piece(".debug_rnglists")
            found = self._lists().new_ranges(section, value)
        else:
            unit = self.skeleton or self
            if unit is not self:
                value += unit._base(dw.DW_AT_GNU_ranges_base, 0)
            found = self._lists().old_ranges(unit.dwarf.sections.get(".debug_ranges"), value)
        is_dropped = self.dwarf.is_dropped
        return [run for run in found if not is_dropped(run.start)]

    def location_list(self, form: int, value: int) -> list[LocationRange]:
        """Return the location list that an attribute of this unit names; none for a plain number.

        Raises:
            BadData: the list is broken.
        """
        if form == dw.DW_FORM_loclistx:
            section = self.dwarf.sections.get(".debug_loclists")
            offset = self._list_offset(section, dw.DW_AT_loclists_base, value)
            return self._lists().new_locations(section, offset)
        if form != dw.DW_FORM_sec_offset and not (self.version < 4 and form in _OLD_OFFSETS):
            return []
        if self.version >= 5:
            offset = value + self._piece(".debug_loclists")
            return self._lists().new_locations(self.dwarf.sections.get(".debug_loclists"), offset)
        section = self.dwarf.sections.get(".debug_loc")
        if self.is_split:
            return self._lists().gnu_locations(section, value + self._piece(".debug_loc"))
        return self._lists().old_locations(section, value)


class Dwarf:
    """The DWARF of one file: its units, and what lies beside them.

    `file` is the file's name, `sections` its sections.  `find_split` is called with a skeleton unit for
    the file that its DIEs were split off to; `find_supplementary`, once, for the file that dwz moved
    common entries to.  `problems` says what is wrong with the file.
    """

    __slots__ = (
        "_addresses",
        "_aranges",
        "_by_signature",
        "_indices",
        "_is_relocatable",
        "_kept",
        "_kept_bytes",
        "_offsets",
        "_rows",
        "_supplementary",
        "_type_units",
        "_units",
        "abbreviations",
        "file",
        "find_split",
        "find_supplementary",
        "info",
        "is_split",
        "problems",
        "sections",
    )

    def __init__(self, image: Image, *, supplementary: Dwarf | None = None, split: bool = False) -> None:
        """Read nothing of the units yet; `split` is for the `.dwo` sections of a .dwo or .dwp file.

        Raises:
            BadData: `.debug_info` or `.debug_abbrev` lies outside the file or cannot be unfolded.
        """
        self.file = image.name
        self.sections = Sections(image, split=split)
        self.is_split = split
        self.info = self.sections.get(".debug_info")
        self.abbreviations = Abbreviations(self.sections.get(".debug_abbrev"))
        self.find_split: Callable[[Unit], Dwarf | None] | None = None
        self.find_supplementary: Callable[[], Dwarf | None] | None = None
        self.problems: list[str] = []
        self._supplementary = supplementary
        self._is_relocatable = image.type == ET_REL
        self._units: list[Unit] | None = None
        self._offsets: list[int] = []
        self._type_units: list[Unit] | None = None
        self._by_signature: dict[int, Unit] | None = None
        self._indices: dict[str, dict[int, Contributions]] = {}
        self._rows: dict[tuple[str, int], Contributions] | None = None
        self._aranges: AddressMap[int] | None = None
        self._addresses: AddressMap[Unit] | None = None
        self._kept: list[Unit] = []
        self._kept_bytes = 0

    def __repr__(self) -> str:
        return f"Dwarf({self.file!r})"

    @property
    def supplementary(self) -> Dwarf | None:
        """The file that dwz moved common entries and strings to, None when there is none."""
        if self._supplementary is None and self.find_supplementary is not None:
            find, self.find_supplementary = self.find_supplementary, None
            self._supplementary = find()
        return self._supplementary

    @supplementary.setter
    def supplementary(self, dwarf: Dwarf | None) -> None:
        self._supplementary = dwarf

    def note(self, problem: BadData) -> None:
        """Keep what is wrong with the file, for those who ask."""
        text = str(problem)
        if text not in self.problems and len(self.problems) < _PROBLEMS:
            self.problems.append(text)

    def string(self, section: str, offset: int) -> str:
        """Return the string at an offset of a string section; bytes that are not UTF-8 as escapes.

        Raises:
            BadData: there is none.
        """
        return self.sections.get(section).c_string(offset).decode("utf-8", "backslashreplace")

    def is_dropped(self, start: int) -> bool:
        """Return whether code at a file address was left out by the linker, its description staying.

        The linkers give such code the addresses 0, 1, -1 or -2.
        """
        return (start <= 1 and not self._is_relocatable) or start >= END_OF_SPACE - 1

    def keep(self, unit: Unit) -> None:
        """Remember that a unit's bytes are in memory, and let go of the oldest when there are too many."""
        self._kept.append(unit)
        self._kept_bytes += unit.end - unit.offset
        while self._kept_bytes > _KEPT and len(self._kept) > 1:
            oldest = self._kept.pop(0)
            oldest.let_go()
            self._kept_bytes -= oldest.end - oldest.offset

    # Units

    @property
    def units(self) -> list[Unit]:
        """The units of `.debug_info` in order: compilations, pieces of them, and types of DWARF 5."""
        if self._units is None:
            self._units = list(self._walk(self.info))
            self._offsets = [unit.offset for unit in self._units]
        return self._units

    def _walk(self, section: Section) -> Iterator[Unit]:
        offset = broken = 0
        while offset < section.size:
            try:
                end, _ = unit_end(section.upto(offset, 12), offset)
            except IndexError:
                self.note(section.error("a unit header is cut off", offset))
                return
            try:
                yield Unit(self, section, offset)
            except BadData as error:
                self.note(error)
                broken += 1
                if broken > _PROBLEMS:
                    return
            # Also a unit that cannot be read says where the next one is.
            offset = end

    def unit_at(self, offset: int) -> Unit | None:
        """Return the unit that holds an offset of `.debug_info`, None when none does."""
        units = self.units
        number = bisect_right(self._offsets, offset) - 1
        return units[number] if number >= 0 and offset < units[number].end else None

    def die(self, offset: int) -> Die:
        """Return the DIE at an offset of `.debug_info`.

        Raises:
            BadData: there is none.
        """
        unit = self.unit_at(offset)
        if unit is None:
            raise self.info.error("no entry there", offset)
        return unit.die(offset)

    @property
    def type_units(self) -> list[Unit]:
        """The units that hold one type each, of `.debug_types` and of `.debug_info`."""
        if self._type_units is None:
            self._type_units = [unit for unit in self.units if unit.kind in _TYPE_UNITS]
            try:
                self._type_units += self._walk(self.sections.get(".debug_types"))
            except BadData as error:
                self.note(error)
        return self._type_units

    def type_unit(self, signature: int) -> Unit | None:
        """Return the type unit of a signature, None when this file has none."""
        if self._by_signature is None:
            self._by_signature = {unit.signature: unit for unit in reversed(self.type_units)}
        return self._by_signature.get(signature)

    def split_unit(self, signature: int) -> Unit | None:
        """Return the split unit of this .dwo or .dwp file that completes a skeleton, None if it has none.

        `signature` is the number that both have (dwo_id).
        """
        for unit in self._split_candidates(signature):
            if unit.kind in _TYPE_UNITS:
                continue
            own = unit.signature
            if unit.version < 5:
                try:
                    own = unit._base(dw.DW_AT_GNU_dwo_id, 0)
                except BadData as error:
                    self.note(error)
                    continue
            if own == signature:
                return unit
        return None

    def _split_candidates(self, signature: int) -> list[Unit]:
        place = self._index(".debug_cu_index").get(signature, {}).get(".debug_info")
        unit = self.unit_at(place[0]) if place is not None else None
        return self.units if unit is None else [unit]

    # Packages

    def _index(self, name: str) -> dict[int, Contributions]:
        index = self._indices.get(name)
        if index is None:
            try:
                index = read_index(self.sections.get_plain(name)) if self.is_split else {}
            except BadData as error:
                self.note(error)
                index = {}
            self._indices[name] = index
        return index

    def contributions_at(self, section: Section, offset: int) -> Contributions:
        """Return what the unit at an offset has of each section of a package; nothing outside packages."""
        if not self.is_split:
            return {}
        if self._rows is None:
            self._rows = {}
            for index in (".debug_cu_index", ".debug_tu_index"):
                for row in self._index(index).values():
                    for name in (".debug_info", ".debug_types"):
                        if name in row:
                            self._rows[name, row[name][0]] = row
        return self._rows.get((section.name.removesuffix(".dwo"), offset), {})

    # Addresses

    def unit_for(self, address: int) -> Unit | None:
        """Return the unit whose code is at a file address, None when none has code there.

        `.debug_aranges` is believed where the unit that it names confirms it; else the units are asked.
        """
        if self._addresses is None:
            if self._aranges is None:
                self._aranges = AddressMap(read_aranges(self.sections.get(".debug_aranges")))
            offset = self._aranges.get(address)
            unit = self.unit_at(offset) if offset is not None else None
            if unit is not None and self._covers(unit, address):
                return unit
            self._addresses = AddressMap(self._code())
        return self._addresses.get(address)

    def _covers(self, unit: Unit, address: int) -> bool:
        try:
            return any(start <= address < end for start, end in unit.ranges())
        except BadData as error:
            self.note(error)
            return False

    def _code(self) -> Iterator[tuple[int, int, Unit]]:
        for unit in self.units:
            try:
                for start, end in unit.ranges():
                    yield start, end, unit
            except BadData as error:
                self.note(error)


def unit_end(header: bytes, offset: int) -> tuple[int, int]:
    """Return the end of the unit, set or table that begins at `offset`, and its offsets' size in bytes.

    `header` are its first twelve bytes; IndexError when they are fewer than its length takes.

    Source: DWARF 5 §7.4.
    """
    length = _number(header, 0, 4)
    if length < 0xFFFFFFF0:
        return offset + 4 + length, 4
    return offset + 12 + _number(header, 4, 8), 8


def _number(data: bytes, at: int, size: int) -> int:
    if at + size > len(data):
        raise IndexError("cut off")
    return int.from_bytes(data[at : at + size], "little")


def qualified_name(die: Die) -> str:
    """Return the name of an entry with those of the namespaces and types around it: `ns::Class::method`.

    An entry without a name of its own has that of what it completes; one without any, and an anonymous
    namespace, is told by what it is: `(anonymous namespace)`.

    Raises:
        BadData: a reference or the tree is broken.
    """
    parts: list[str] = []
    named = die
    for named in die.origins():
        if dw.DW_AT_name in named.abbreviation.places:
            break
    around: Die | None = named
    while around is not None and len(parts) < _DEPTH:
        if around is named or around.tag in _NAME_SPACES:
            parts.append(_own_name(around))
        # A namespace, class or function that was split off completes one that is elsewhere.
        around = (around.ref(dw.DW_AT_specification) or around).parent
    return "::".join(reversed(parts))


def _own_name(die: Die) -> str:
    name = die.name
    if name is not None:
        return name
    if die.tag == dw.DW_TAG_namespace:
        return "(anonymous namespace)"
    words = {
        dw.DW_TAG_structure_type: "struct",
        dw.DW_TAG_class_type: "class",
        dw.DW_TAG_union_type: "union",
        dw.DW_TAG_enumeration_type: "enum",
    }
    return f"(anonymous {words.get(die.tag, 'entry')})"
