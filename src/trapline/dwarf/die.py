"""Debugging information entries: places in the bytes of a unit, decoded one attribute at a time.

All addresses are file addresses, all offsets bytes into `.debug_info` (`.debug_types` for the type units
of DWARF 4), absolute there.

Source: DWARF 5 §2, §7.5.
"""

from __future__ import annotations

from trapline.base.address import FileAddress
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.dwarf.context import BROKEN
from trapline.dwarf.forms import (
    ADDRESS_INDICES,
    ADDRESSES,
    BLOCKS,
    STRING_INDICES,
    SUPPLEMENTARY_REFERENCES,
    UNIT_REFERENCES,
    direct_form,
)
from trapline.dwarf.ranges import END_OF_SPACE, LocationRange, Range
from trapline.dwarf.tree import DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trapline.dwarf.abbreviations import Abbreviation, Place
    from trapline.dwarf.context import AttributeValue
    from trapline.dwarf.units import Unit

_HOPS = 32  # references followed from one DIE to what it completes
NAME_SPACES = frozenset(
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
"""Tags of what has functions and types inside, whose qualified names begin with its own."""


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
    return die.tag in NAME_SPACES and (die.tag != dw.DW_TAG_enumeration_type or die.flag(dw.DW_AT_enum_class))


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
