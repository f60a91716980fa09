"""The abbreviations of a unit: which attributes a DIE of each code has, and where in its bytes they are.

Most units declare the same abbreviations, so what a declaration means is kept by its bytes and shared by
all units; a declaration is decoded when a DIE first uses it, before that only its end is looked for.

Source: DWARF 5 §7.5.3.
"""

from __future__ import annotations

from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.dwarf.encoding import sleb, uleb, uleb_bytes
from trapline.dwarf.forms import form_table

if TYPE_CHECKING:
    from trapline.dwarf.forms import FormTable, Reader, Skipper
    from trapline.dwarf.sections import Section

_WINDOW = 1 << 14  # bytes first read of a table whose size nothing tells
_UNIT_TAGS = frozenset(
    (dw.DW_TAG_compile_unit, dw.DW_TAG_partial_unit, dw.DW_TAG_type_unit, dw.DW_TAG_skeleton_unit)
)
_TABLES = 64  # tables kept; DIEs keep those of the units in use


class Place(NamedTuple):
    """Where an attribute's value is in the bytes of a DIE.

    `steps` forms of variable size and then `offset` bytes come before it.  `constant` is the value itself
    where the abbreviation has it (DW_FORM_implicit_const), `reader` reads it elsewhere.
    """

    form: int
    constant: int | None
    steps: int
    offset: int
    reader: Reader | None


class Abbreviation:
    """What the DIEs of one code have in common.

    `attributes` are (DW_AT, DW_FORM, implicit constant) in order.  `size` is the bytes of all attributes,
    None when that varies: then `steps` has, for each form of variable size, the fixed bytes before it and
    the function that skips it, and `tail` the fixed bytes behind the last.  `sibling` is where DW_AT_sibling
    is, None unless it is there and a reference of four bytes inside the unit, as compilers write it.
    """

    __slots__ = ("attributes", "forms", "has_children", "places", "sibling", "size", "steps", "tag", "tail")

    def __init__(
        self,
        tag: int,
        has_children: bool,
        attributes: tuple[tuple[int, int, int | None], ...],
        forms: FormTable,
    ) -> None:
        """Work out the places; KeyError for an unknown form."""
        self.tag = tag
        self.has_children = has_children
        self.attributes = attributes
        self.forms = forms
        places: dict[int, Place] = {}
        steps: list[tuple[int, Skipper]] = []
        offset = 0
        for attribute, form, constant in attributes:
            if attribute not in places:
                reader = None if form == dw.DW_FORM_indirect else forms.readers[form]
                places[attribute] = Place(form, constant, len(steps), offset, reader)
            size = forms.sizes.get(form)
            if size is None:
                steps.append((offset, forms.skippers[form]))
                offset = 0
            else:
                offset += size
        self.places = places
        self.steps = tuple(steps)
        self.tail = offset
        self.size = None if steps else offset
        sibling = places.get(dw.DW_AT_sibling)
        self.sibling = sibling if sibling is not None and sibling.form == dw.DW_FORM_ref4 else None

    def end(self, raw: bytes, at: int) -> int:
        """Return where the attributes that begin at `at` end."""
        if self.size is not None:
            return at + self.size
        for fixed, skip in self.steps:
            at = skip(raw, at + fixed)
        return at + self.tail

    def position(self, raw: bytes, at: int, place: Place) -> int:
        """Return where the value of one attribute is, `at` being where the attributes begin."""
        if place.steps:
            for fixed, skip in self.steps[: place.steps]:
                at = skip(raw, at + fixed)
        return at + place.offset


class AbbreviationTable(dict[int, Abbreviation]):
    """The abbreviations of a unit by code; KeyError for a code that is not declared."""

    __slots__ = ("_bodies", "_cache", "_section")

    def __init__(self, bodies: dict[int, bytes], cache: _Cache, section: Section) -> None:
        """Decode nothing yet."""
        super().__init__()
        self._bodies = bodies
        self._cache = cache
        self._section = section

    def __missing__(self, code: int) -> Abbreviation:
        """Decode the declaration of a code that is used for the first time."""
        abbreviation = self[code] = self._cache.decode(self._bodies[code], self._section)
        return abbreviation

    def decode_all(self) -> AbbreviationTable:
        """Decode every declaration and return the table itself."""
        for code in self._bodies.keys() - self.keys():
            self[code]
        return self


class _Cache:
    """Decoded declarations by their bytes, for units of one version and one width."""

    __slots__ = ("_decoded", "_forms")

    def __init__(self, forms: FormTable) -> None:
        self._forms = forms
        self._decoded: dict[bytes, Abbreviation] = {}

    def decode(self, body: bytes, section: Section) -> Abbreviation:
        abbreviation = self._decoded.get(body)
        if abbreviation is None:
            try:
                abbreviation = _decode(body, self._forms)
            except KeyError as error:
                raise section.error(f"unknown form {error.args[0]:#x}") from None
            self._decoded[body] = abbreviation
        return abbreviation


def _decode(body: bytes, forms: FormTable) -> Abbreviation:
    tag, at = uleb(body, 0)
    has_children = bool(body[at])
    at += 1
    attributes: list[tuple[int, int, int | None]] = []
    while True:
        attribute, at = uleb(body, at)
        form, at = uleb(body, at)
        constant = None
        if form == dw.DW_FORM_implicit_const:
            constant, at = sleb(body, at)
        if not attribute and not form:
            return Abbreviation(tag, has_children, tuple(attributes), forms)
        attributes.append((attribute, form, constant))


class Abbreviations:
    """The `.debug_abbrev` section: a table for each offset."""

    __slots__ = ("_caches", "_section", "_tables")

    def __init__(self, section: Section) -> None:
        """Read nothing yet."""
        self._section = section
        self._caches: dict[tuple[int, int, int], _Cache] = {}
        self._tables: dict[tuple[int, tuple[int, int, int]], AbbreviationTable] = {}

    def _cache(self, width: tuple[int, int, int]) -> _Cache:
        cache = self._caches.get(width)
        if cache is None:
            cache = self._caches[width] = _Cache(form_table(*width))
        return cache

    def table(self, offset: int, width: tuple[int, int, int]) -> AbbreviationTable:
        """Return the table at an offset; `width` is a unit's (version, address size, offset size).

        Raises:
            BadData: the table is cut off.
        """
        table = self._tables.get((offset, width))
        if table is None:
            if len(self._tables) >= _TABLES:
                self._tables.clear()
            table = AbbreviationTable(self._bodies(offset), self._cache(width), self._section)
            self._tables[offset, width] = table
        return table

    def of_unit(self, offset: int, width: tuple[int, int, int], code: int) -> Abbreviation:
        """Return the abbreviation of a unit's first DIE, without the rest of the table at `offset`.

        Raises:
            BadData: the table is cut off, or does not declare `code`.
        """
        # Only the end of a declaration has two zeros, so a code behind two is one that is declared.
        data = b"\0\0" + self._section.upto(offset, _WINDOW)
        begins = b"\0\0" + uleb_bytes(code)
        at = data.find(begins) if code else -1  # 0 is no entry, but what ends a table
        while at >= 0:
            start = at + len(begins)
            if data[start : start + 1] and data[start] in _UNIT_TAGS:
                try:
                    return self._cache(width).decode(
                        data[start : _end_of_declaration(data, start)], self._section
                    )
                except IndexError:
                    break  # cut off by the window
            at = data.find(begins, at + 1)
        try:
            return self.table(offset, width)[code]
        except KeyError:
            raise self._section.error(f"abbreviation {code} is not declared", offset) from None

    def _bodies(self, offset: int) -> dict[int, bytes]:
        window = _WINDOW
        while True:
            data = self._section.upto(offset, window)
            try:
                return _split(data)
            except IndexError:
                if len(data) < window:
                    raise self._section.error("a table of abbreviations is cut off", offset) from None
            window *= 4


def _split(data: bytes) -> dict[int, bytes]:
    """Return what each code declares; IndexError when the table does not end in `data`."""
    bodies: dict[int, bytes] = {}
    at = 0
    while data[at]:
        number = data[at]
        start = at + 1
        if number > 127:
            number, start = uleb(data, at)
        at = _end_of_declaration(data, start)
        bodies.setdefault(number, data[start:at])
    return bodies


def _end_of_declaration(data: bytes, at: int) -> int:
    """Return the end of the declaration whose tag is at a byte; IndexError when it is cut off."""
    at += 2
    if data[at - 2] > 127:
        at = uleb(data, at - 2)[1] + 1
    while True:
        attribute, form = data[at], data[at + 1]
        at += 2
        if attribute > 127 or form > 127 or form == dw.DW_FORM_implicit_const:
            attribute, at = uleb(data, at - 2)
            form, at = uleb(data, at)
            if form == dw.DW_FORM_implicit_const:
                _, at = sleb(data, at)
        if not attribute and not form:
            return at
