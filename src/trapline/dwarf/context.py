"""What is needed to understand the plain values of a unit's attributes: its header, its file, its bases.

A unit's first DIE says where its share of the tables is (of strings, addresses, lists), and that much is
read without reading the whole unit.

Source: DWARF 5 §3.1.1, §7.3.2; https://gcc.gnu.org/wiki/DebugFission for GNU's split DWARF 4.
"""

from __future__ import annotations

import struct

from trapline.base.address import FileAddress
from trapline.base.errors import BadData
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.dwarf.abbreviations import Abbreviations
from trapline.dwarf.encoding import uleb, uleb_bytes
from trapline.dwarf.forms import ADDRESS_INDICES, ADDRESSES, STRING_INDICES, UNIT_REFERENCES, direct_form
from trapline.dwarf.header import read_header
from trapline.dwarf.ranges import LAST_ADDRESS, LocationRange, Range
from trapline.dwarf.sections import Sections
from trapline.elf.image import ET_REL

if TYPE_CHECKING:
    from trapline.dwarf.abbreviations import AbbreviationTable
    from trapline.dwarf.lists import ListReader
    from trapline.dwarf.package import Contributions
    from trapline.dwarf.sections import Section
    from trapline.elf.image import Image

AttributeValue = int | str | bytes
BROKEN = (IndexError, KeyError, struct.error)
"""What the functions that decode bytes raise where these are cut off or name what nobody knows."""

_HEAD = 256  # bytes read of a unit for its first DIE alone
_KEPT = 48 << 20  # bytes of units kept in memory
_PROBLEMS = 20  # broken places that are named
_FLAGS = frozenset((dw.DW_FORM_flag, dw.DW_FORM_flag_present))
_SUPPLEMENTARY_STRINGS = frozenset((dw.DW_FORM_GNU_strp_alt, dw.DW_FORM_strp_sup))
# Forms in which DWARF 2 and 3 wrote what is DW_FORM_sec_offset since.
_OLD_OFFSETS = frozenset((dw.DW_FORM_data4, dw.DW_FORM_data8))


class FileContext:
    """The sections of one file, and what its units share.

    `file` is the file's name, `build_id` the linker's hash of it (None without one); `is_split` says that it
    is a .dwo or .dwp file.  `lowest` is the lowest file address that code can be at, `problems` says what is
    wrong with the file.
    """

    __slots__ = (
        "_abbreviations",
        "_indices",
        "_kept",
        "_kept_bytes",
        "_rows",
        "build_id",
        "file",
        "is_split",
        "lowest",
        "problems",
        "sections",
    )

    def __init__(self, image: Image, *, split: bool) -> None:
        """Find the sections; those that cannot be read count as absent, and `problems` says why."""
        self.file = image.name
        self.build_id = image.build_id
        self.problems: list[str] = []
        self.sections = Sections(image, split=split, note=self.note)
        self.is_split = split
        self._abbreviations: Abbreviations | None = None
        self.lowest = 0 if image.type == ET_REL else 2
        self._indices: dict[str, dict[int, Contributions]] = {}
        self._rows: dict[tuple[str, int], Contributions] | None = None
        self._kept: list[UnitContext] = []
        self._kept_bytes = 0

    # To unfold a section takes milliseconds, and a line that no file has needs none of these two.

    @property
    def info(self) -> Section:
        """The file's `.debug_info`."""
        return self.sections.get(".debug_info")

    @property
    def abbreviations(self) -> Abbreviations:
        """The tables of `.debug_abbrev`."""
        if self._abbreviations is None:
            self._abbreviations = Abbreviations(self.sections.get(".debug_abbrev"))
        return self._abbreviations

    def note(self, problem: BadData) -> None:
        """Keep what is wrong with the file, for those who ask."""
        text = str(problem)
        if text not in self.problems and len(self.problems) < _PROBLEMS:
            self.problems.append(text)

    def uses(self, attribute: int, form: int | None = None) -> bool:
        """Return whether an entry may have an attribute (of a form): some abbreviation has its bytes."""
        needle = uleb_bytes(attribute) + (b"" if form is None else uleb_bytes(form))
        return next(self.sections.get(".debug_abbrev").find(needle), None) is not None

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
        return not self.lowest <= start <= LAST_ADDRESS

    def supplementary_string(self, offset: int) -> str | None:
        """Return a string of the file that dwz moved common strings to; None when that is not here."""
        raise NotImplementedError

    def keep(self, unit: UnitContext) -> None:
        """Remember that a unit's bytes are in memory, and let go of the oldest when there are too many."""
        self._kept.append(unit)
        self._kept_bytes += unit.end - unit.offset
        while self._kept_bytes > _KEPT and len(self._kept) > 1:
            oldest = self._kept.pop(0)
            oldest.let_go()
            self._kept_bytes -= oldest.end - oldest.offset

    # Packages

    def index(self, name: str) -> dict[int, Contributions]:
        """Return an index of a package (`.debug_cu_index`) by signature, empty when there is none."""
        from trapline.dwarf.package import read_index

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
                for row in self.index(index).values():
                    for name in (".debug_info", ".debug_types"):
                        if name in row:
                            self._rows[name, row[name][0]] = row
        return self._rows.get((section.name.removesuffix(".dwo"), offset), {})


class UnitContext:
    """One unit as far as its header and its first DIE tell of it.

    `offset` and `end` are its bounds in its section, `first` is where its first DIE is, `kind` is a DW_UT,
    sizes are in bytes.  `signature` is the type's or, where the unit's code is described by a split unit,
    the number that both have (0 for none).  `skeleton` is, for a split unit, the unit in the program that
    it completes.
    """

    __slots__ = (
        "_data",
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

    skeleton: UnitContext | None

    def __init__(self, dwarf: FileContext, section: Section, offset: int) -> None:
        """Read the header.

        Raises:
            BadData: it is cut off, or says what nobody knows.
        """
        self.dwarf = dwarf
        self.section = section
        self.offset = offset
        self.skeleton = None
        self._data: bytes | None = None
        self._table: AbbreviationTable | None = None
        self._values: dict[int, tuple[int, int | bytes]] | None = None
        header = read_header(section, offset, holds_types=section is not dwarf.info)
        self.end = header.end
        self.first = header.first
        self.version = header.version
        self.kind = header.kind
        self.address_size = header.address_size
        self.offset_size = header.offset_size
        self.signature = header.signature
        self.type_offset = header.type_offset
        # In a package, the sections of a unit are pieces of what the package has.
        self.contributions = dwarf.contributions_at(section, offset)
        self.abbreviations_at = header.abbreviations_at + self._piece(".debug_abbrev")

    def __repr__(self) -> str:
        return f"Unit({self.offset:#x})"

    def _piece(self, section: str) -> int:
        """Return where the unit's piece of a package's section begins, 0 outside packages."""
        return self.contributions.get(section, (0, 0))[0]

    @property
    def is_split(self) -> bool:
        """Whether it is in a `.dwo` or `.dwp` file."""
        return self.dwarf.is_split

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
                except BROKEN:
                    if window >= size:
                        raise self.section.error("its first entry is cut off", self.first) from None
                window *= 4
        return self._values

    def _decode_first(self, raw: bytes) -> dict[int, tuple[int, int | bytes]]:
        code, at = uleb(raw, self.first - self.offset)
        abbreviation = self.dwarf.abbreviations.of_unit(self.abbreviations_at, self.width, code)
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
                reader = abbreviation.forms.readers[form]
            values[attribute] = form, reader(raw, position)
        return values

    def get(self, attribute: int) -> AttributeValue | None:
        """Return an attribute of the unit's first DIE as `Die.get` does; does not read the whole unit."""
        found = self._first_values().get(attribute)
        return None if found is None else self.resolve(*found)

    def has(self, attribute: int) -> bool:
        """Return whether the unit's first DIE has a DW_AT."""
        return attribute in self._first_values()

    def string(self, attribute: int) -> str | None:
        """Return a string that the unit's first DIE has: `Die.string`."""
        value = self.get(attribute)
        return value if isinstance(value, str) else None

    def integer(self, attribute: int) -> int | None:
        """Return a number that the unit's first DIE has: `Die.integer`."""
        value = self.get(attribute)
        return value if isinstance(value, int) else None

    @property
    def name(self) -> str | None:
        """The source file as the compiler was given it."""
        return self.string(dw.DW_AT_name)

    @property
    def directory(self) -> str | None:
        """The directory that the compiler ran in."""
        return self.string(dw.DW_AT_comp_dir)

    @property
    def producer(self) -> str | None:
        """The compiler, with its options if it was told to write them."""
        return self.string(dw.DW_AT_producer)

    @property
    def language(self) -> int | None:
        """A DW_LANG, None when it states none."""
        return self.integer(dw.DW_AT_language)

    @property
    def line_offset(self) -> int | None:
        """Where the line table is in `.debug_line`, in bytes; for a split unit, in its skeleton's file."""
        unit = self.skeleton or self
        offset = unit.integer(dw.DW_AT_stmt_list)
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
    def split_name(self) -> str | None:
        """The name of the file that the unit's DIEs were split off to, None when they were not."""
        return self.string(dw.DW_AT_dwo_name) or self.string(dw.DW_AT_GNU_dwo_name)

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
            return self.dwarf.supplementary_string(value)
        return value

    def base(self, attribute: int, missing: int) -> int:
        """Return a DW_AT_*_base of the unit, `missing` when it states none."""
        form_and_value = self._first_values().get(attribute)
        value = form_and_value[1] if form_and_value is not None else None
        return value if isinstance(value, int) else missing

    def string_at(self, index: int) -> str:
        """Return a string by its index in the unit's `.debug_str_offsets`.

        Raises:
            BadData: there is no such string.
        """
        return self.dwarf.string(".debug_str", self.string_offset(index))

    def string_offset(self, index: int) -> int:
        """Return where in `.debug_str` a string is that is given by its index; BadData when there is none."""
        size = self.offset_size
        section = self.dwarf.sections.get(".debug_str_offsets")
        return section.unsigned(self.strings_base + index * size, size)

    @property
    def strings_base(self) -> int:
        """Where the unit's share of `.debug_str_offsets` begins, in bytes."""
        # GNU's split DWARF 4 has no header there; version 5 has, and does not state the base in .dwo files.
        header = 0 if self.version < 5 else 2 * self.offset_size
        return self.base(dw.DW_AT_str_offsets_base, self._piece(".debug_str_offsets") + header)

    def address_at(self, index: int) -> FileAddress:
        """Return an address by its index in the unit's `.debug_addr`.

        Raises:
            BadData: there is no such address.
        """
        unit = self.skeleton or self
        base = unit.base(dw.DW_AT_addr_base, -1)
        if base < 0:
            base = unit.base(dw.DW_AT_GNU_addr_base, 8 if unit.version >= 5 else 0)
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
        from trapline.dwarf.lists import ListReader

        return ListReader(self.low_pc or 0, self.address_size, self.address_at, self.dwarf.lowest)

    def _list_offset(self, section: Section, base_attribute: int, index: int) -> int:
        """Return where a list is that is given by its index, in bytes into `section`."""
        # The table of offsets is behind a header of 12 or 20 bytes; its base is stated except in .dwo files.
        header = 12 if self.offset_size == 4 else 20
        base = self.base(base_attribute, self._piece(section.name.removesuffix(".dwo")) + header)
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
            return self._lists().new_ranges(section, value)
        unit = self.skeleton or self
        if unit is not self:
            value += unit.base(dw.DW_AT_GNU_ranges_base, 0)
        return self._lists().old_ranges(unit.dwarf.sections.get(".debug_ranges"), value)

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
