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

from array import array
from bisect import bisect_right

from trapline.base.address import FileAddress
from trapline.base.errors import BadData
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.dwarf.addresses import AddressMap, Aranges
from trapline.dwarf.context import BROKEN, FileContext, UnitContext
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
from trapline.dwarf.header import TYPE_UNITS, unit_end
from trapline.dwarf.ranges import END_OF_SPACE, LocationRange, Range
from trapline.dwarf.tree import DEPTH, containers, having, siblings

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from trapline.dwarf.abbreviations import Abbreviation, Place
    from trapline.dwarf.context import AttributeValue
    from trapline.dwarf.sections import Section
    from trapline.dwarf.tree import Node
    from trapline.elf.image import Image

_HOPS = 32  # references followed from one DIE to what it completes
_EXPECTED = 4096
"""Addresses of which the unit is remembered: those of breakpoints, where a program stops next."""

_BROKEN_UNITS = 20  # headers that cannot be read, after which the rest of the section is given up
_SPLIT_NAMES = (dw.DW_AT_dwo_name, dw.DW_AT_GNU_dwo_name)
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

    def plain(self, attribute: int) -> tuple[int, int | bytes] | None:
        """Return the DW_FORM of an attribute and what it says by itself: an offset, an index, a number."""
        place = self.abbreviation.places.get(attribute)
        return None if place is None else self._plain(place)

    def string_offset(self, attribute: int) -> int | None:
        """Return where in `.debug_str` an attribute's string is, None when it is not there."""
        form, value = self.plain(attribute) or (0, 0)
        if form in STRING_INDICES and isinstance(value, int):
            return self.unit.string_offset(value)
        return value if form == dw.DW_FORM_strp and isinstance(value, int) else None

    def _plain(self, place: Place) -> tuple[int, int | bytes]:
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
        except BROKEN:
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
        except BROKEN:
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


class Unit(UnitContext):
    """One unit and its DIEs: a compilation's, a piece of one that several share, or a type's."""

    __slots__ = ("_body", "_inner", "_root")

    dwarf: Dwarf
    skeleton: Unit | None

    def __init__(self, dwarf: Dwarf, section: Section, offset: int) -> None:
        """Read the header.

        Raises:
            BadData: it is cut off, or says what nobody knows.
        """
        super().__init__(dwarf, section, offset)
        self._root: Die | None = None
        self._inner: dict[int, tuple[array[int], array[int]]] = {}
        self._body: Unit | None = None

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
            except BROKEN:
                pass
        raise self.section.error("no entry there", offset)

    def child(self, parent: Die, offset: int, abbreviation: Abbreviation, at: int) -> Die:
        """Return the DIE that a walk from `parent` found; `at` counts from the unit's first byte."""
        return Die(self, offset, abbreviation, at, parent)

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
        except BROKEN:
            raise self.section.error("a broken tree of entries", base + start) from None

    def siblings(self, at: int) -> Iterator[Node]:
        """Yield the DIEs from `at`, in bytes from the unit's first byte, to the end of their list.

        Raises:
            BadData: the tree is broken.
        """
        try:
            yield from siblings(self.data, self.table, at)
        except BROKEN:
            raise self.section.error("a broken tree of entries", self.offset + at) from None

    def parent_of(self, die: Die) -> Die | None:
        """Return the DIE around one; found from the top, through what was seen of the unit before.

        Raises:
            BadData: the tree is broken.
        """
        parent = self.root
        at = die.offset - self.offset
        for _ in range(DEPTH):
            starts, ends = self._containers(parent)
            number = bisect_right(starts, at) - 1
            if number < 0 or starts[number] == at or ends[number] <= at:
                return parent
            inner = self.die(self.offset + starts[number])
            inner._parent = parent
            parent = inner
        raise self.section.error(f"entries nested deeper than {DEPTH}", die.offset)

    def entry(self, offset: int) -> Die | None:
        """Return the DIE that begins exactly at an offset, its parent known; None when none does.

        Unlike `die`, which takes the place on trust, this goes there from the unit's first DIE.

        Raises:
            BadData: the tree is broken.
        """
        at = offset - self.offset
        if offset == self.first:
            return self.root
        if not self.first < offset < self.end or not self.data[at]:
            return None
        try:
            code, attributes = uleb(self.data, at)
            die = Die(self, offset, self.table[code], attributes)
        except BROKEN:
            return None
        parent = self.parent_of(die)
        if parent is None:
            return None
        die._parent = parent
        starts, ends = self._containers(parent)
        number = bisect_right(starts, at) - 1
        if number >= 0 and starts[number] == at:
            return die
        # Between two children that have children, those without are gone over one by one.
        for node in self.siblings(ends[number] if number >= 0 else parent.children_at()):
            if node.start >= at:
                return die if node.start == at else None
        return None

    def _containers(self, die: Die) -> tuple[array[int], array[int]]:
        """Return starts and ends of the children of a DIE that have children."""
        found = self._inner.get(die.offset)
        if found is None:
            found = array("Q"), array("Q")
            if die.has_children:
                try:
                    found = containers(self.data, self.table, die.children_at())
                except BROKEN:
                    raise self.section.error("a broken tree of entries", die.offset) from None
            self._inner[die.offset] = found
        return found

    def having(self, attribute: int, tags: Container[int]) -> Iterator[Die]:
        """Yield all DIEs that have an attribute and one of some tags; quicker than `dies` where few have.

        Raises:
            BadData: the tree is broken.
        """
        table = self.table.decode_all()
        codes = {code for code, entry in table.items() if entry.tag in tags and attribute in entry.places}
        if codes:
            raw, base = self.data, self.offset
            try:
                for code, start, at in having(raw, table, self.first - base, codes):
                    yield Die(self, base + start, table[code], at)
            except BROKEN:
                raise self.section.error("a broken tree of entries", base) from None

    def referring(self, attribute: int, tags: Container[int], targets: Container[int]) -> Iterator[Die]:
        """Yield all DIEs of some tags whose attribute refers to a target: bytes from the unit's first one.

        No DIE is made for the others, of which there may be tens of thousands.

        Raises:
            BadData: the tree is broken.
        """
        table = self.table.decode_all()
        places = {
            code: entry.places[attribute]
            for code, entry in table.items()
            if entry.tag in tags and attribute in entry.places
        }
        raw, base = self.data, self.offset
        try:
            for code, start, at in having(raw, table, self.first - base, places):
                abbreviation, place = table[code], places[code]
                position = abbreviation.position(raw, at, place)
                form, reader = place.form, place.reader
                if reader is None:
                    form, position = direct_form(raw, position)
                    reader = abbreviation.forms.readers[form]
                if form in UNIT_REFERENCES and reader(raw, position) in targets:
                    yield Die(self, base + start, abbreviation, at)
        except BROKEN:
            raise self.section.error("a broken tree of entries", base) from None

    # The unit that it was split into

    @property
    def language(self) -> int | None:
        """A DW_LANG, None when it states none; of a skeleton, what its split unit says."""
        language = super().language
        if language is None and self.body is not self:
            language = self.body.language
        return language

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


class Dwarf(FileContext):
    """The DWARF of one file: its units, and what lies beside them.

    `find_split` is called with a skeleton unit for the file that its DIEs were split off to;
    `find_supplementary`, once, for the file that dwz moved common entries to.
    """

    __slots__ = (
        "_addresses",
        "_aranges",
        "_by_signature",
        "_confirmed",
        "_expected",
        "_listed",
        "_offsets",
        "_supplementary",
        "_type_units",
        "_units",
        "find_split",
        "find_supplementary",
    )

    def __init__(self, image: Image, *, supplementary: Dwarf | None = None, split: bool = False) -> None:
        """Read nothing of the units yet; `split` is for the `.dwo` sections of a .dwo or .dwp file."""
        super().__init__(image, split=split)
        self.find_split: Callable[[Unit], Dwarf | None] | None = None
        self.find_supplementary: Callable[[], Dwarf | None] | None = None
        self._supplementary = supplementary
        self._units: list[Unit] | None = None
        self._listed: dict[int, Unit] = {}
        self._offsets: list[int] = []
        self._type_units: list[Unit] | None = None
        self._by_signature: dict[int, Unit] | None = None
        self._aranges: Aranges | None = None
        self._confirmed: dict[int, AddressMap[bool]] = {}
        self._expected: dict[int, Unit] = {}
        self._addresses: AddressMap[Unit] | None = None

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

    def supplementary_string(self, offset: int) -> str | None:
        """Return a string of the file that dwz moved common strings to; None when that is not here."""
        other = self.supplementary
        return None if other is None else other.string(".debug_str", offset)

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
                yield self._listed.get(offset) or Unit(self, section, offset)
            except BadData as error:
                self.note(error)
                broken += 1
                if broken > _BROKEN_UNITS:
                    return
            # Also a unit that cannot be read says where the next one is.
            offset = end

    def unit_at(self, offset: int) -> Unit | None:
        """Return the unit that holds an offset of `.debug_info`, None when none does."""
        units = self.units
        number = bisect_right(self._offsets, offset) - 1
        return units[number] if number >= 0 and offset < units[number].end else None

    def _listed_unit(self, offset: int) -> Unit | None:
        """Return the unit that a table says to begin at an offset; the others are not looked at for it."""
        if self._units is not None:
            return self.unit_at(offset)
        unit = self._listed.get(offset)
        if unit is None:
            try:
                unit_end(self.info.upto(offset, 12), offset)
                unit = self._listed[offset] = Unit(self, self.info, offset)
            except (BadData, IndexError):
                return self.unit_at(offset)
        return unit

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
            self._type_units = [unit for unit in self.units if unit.kind in TYPE_UNITS]
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
            if unit.kind in TYPE_UNITS:
                continue
            own = unit.signature
            if unit.version < 5:
                try:
                    own = unit.base(dw.DW_AT_GNU_dwo_id, 0)
                except BadData as error:
                    self.note(error)
                    continue
            if own == signature:
                return unit
        return None

    def split_files(self) -> list[Dwarf]:
        """Return the files that units of this one were split off to, as far as `find_split` has them."""
        if self.is_split or not any(self.uses(attribute) for attribute in _SPLIT_NAMES):
            return []
        found: dict[Dwarf, None] = {}
        for unit in self.units:
            try:
                if unit.body is not unit:
                    found[unit.body.dwarf] = None
            except BadData as error:
                self.note(error)
        return list(found)

    def _split_candidates(self, signature: int) -> list[Unit]:
        place = self.index(".debug_cu_index").get(signature, {}).get(".debug_info")
        unit = self.unit_at(place[0]) if place is not None else None
        return self.units if unit is None else [unit]

    # Addresses

    def expect(self, address: int, unit: Unit) -> None:
        """Note that a unit's lines have code at a file address: it is tried first when asked for that."""
        if len(self._expected) >= _EXPECTED:
            self._expected.clear()
        self._expected[address] = unit

    def unit_for(self, address: int) -> Unit | None:
        """Return the unit whose code is at a file address, None when none has code there.

        `.debug_aranges` is believed where the unit that it names confirms it; else the units are asked.
        """
        expected = self._expected.get(address)
        if expected is not None and self._covers(expected, address):
            return expected
        if self._aranges is None:
            self._aranges = Aranges(self.sections.get(".debug_aranges"), self.lowest)
        offset = self._aranges.find(address)
        unit = self._listed_unit(offset) if offset is not None else None
        if unit is not None:
            if self._covers(unit, address):
                return unit
            self._aranges = Aranges.nothing()
            self._addresses = None
        if self._addresses is None:
            self._addresses = AddressMap(self._code(self._aranges.units()))
        return self._addresses.get(address)

    def _covers(self, unit: Unit, address: int) -> bool:
        code = self._confirmed.get(unit.offset)
        if code is None:
            try:
                runs = unit.ranges()
            except BadData as error:
                self.note(error)
                runs = []
            code = self._confirmed[unit.offset] = AddressMap((start, end, True) for start, end in runs)
        return code.get(address) is not None

    def _code(self, listed: set[int]) -> Iterator[tuple[int, int, Unit]]:
        """Yield the code of the units; of those `listed` in .debug_aranges where it is a single run.

        To read all ranges of a unit costs much, and tools that forget some of a unit's ranges are rarer
        than those that forget units.
        """
        for unit in self.units:
            try:
                if unit.offset not in listed or not unit.has(dw.DW_AT_ranges):
                    for start, end in unit.ranges():
                        yield start, end, unit
            except BadData as error:
                self.note(error)


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
    while around is not None and len(parts) < DEPTH:
        # What stands for a type that has a unit of its own, or completes an entry, is where that one is.
        place = around.ref(dw.DW_AT_signature) or around
        if around is named or lends_name(place):
            parts.append(_own_name(place))
        around = (place.ref(dw.DW_AT_specification) or place).parent
    return "::".join(reversed(parts))


def lends_name(die: Die) -> bool:
    """Return whether the name of an entry is part of the names of what it encloses."""
    # Enumerators are outside their enumeration, but for those of C++'s `enum class` and of Rust.
    return die.tag in _NAME_SPACES and (
        die.tag != dw.DW_TAG_enumeration_type or die.flag(dw.DW_AT_enum_class)
    )


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
