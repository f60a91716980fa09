"""Finding entries by name in one file's DWARF without an index, at the speed of searching bytes.

A name is looked for in the strings, its offset there in the bytes of the units, and only what is found at
the place of a DW_AT_name is decoded.  The name may also stand in the unit itself, as gcc writes names of
up to three letters, or be counted in a table of strings, as clang writes them since DWARF 5.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import islice

from trapline.base.errors import BadData
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.dwarf.accelerators import COVERED, Accelerator
from trapline.dwarf.candidates import Candidates, is_local
from trapline.dwarf.context import BROKEN
from trapline.dwarf.die import NAME_SPACES
from trapline.dwarf.forms import STRING_INDICES, SUPPLEMENTARY_REFERENCES, UNIT_REFERENCES
from trapline.dwarf.located import is_dropped
from trapline.dwarf.tree import having

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from trapline.dwarf.die import Die
    from trapline.dwarf.file import Dwarf
    from trapline.dwarf.sections import Section
    from trapline.dwarf.units import Unit

NAMED = frozenset(
    (
        dw.DW_TAG_subprogram,
        dw.DW_TAG_variable,
        dw.DW_TAG_member,
        dw.DW_TAG_constant,
        dw.DW_TAG_enumerator,
        dw.DW_TAG_base_type,
        dw.DW_TAG_structure_type,
        dw.DW_TAG_class_type,
        dw.DW_TAG_union_type,
        dw.DW_TAG_enumeration_type,
        dw.DW_TAG_interface_type,
        dw.DW_TAG_typedef,
        dw.DW_TAG_template_alias,
        dw.DW_TAG_namespace,
        dw.DW_TAG_namelist,
    )
)
"""Tags of what a program can be asked for by name, wherever it stands."""

SCOPES = NAME_SPACES | {
    dw.DW_TAG_compile_unit,
    dw.DW_TAG_partial_unit,
    dw.DW_TAG_type_unit,
    dw.DW_TAG_variant_part,
    dw.DW_TAG_variant,
}
"""Tags of what holds such entries; what stands in functions and blocks is found by address, not by name."""

_KEPT_NEEDLES, _KEPT_PLACES = 32, 10_000
"""What was looked for, and in how many places it was found at most, that is remembered."""
_INLINE_LIMIT = 3  # letters of a name that gcc writes into the unit rather than among the strings
_TAIL_LIMIT = 20_000  # strings that end in the name, looked at to find which of them lends its tail
_TAILS = 6  # of these, those that are all tried
_SEARCHED = 16 << 20  # bytes of entries that are gone through for more tails, in the time of a small index
_TEMPLATES = 1000  # instances of one template that are looked for
_AMID = 200  # places amid strings where the name of one may begin
_MANY = 6  # declarations of one name in one unit, from which on going over the unit is cheaper than searching


class NameSearch:
    """Searches one file's own units, without what its split or supplementary files have.

    `known_offsets` is asked, where the strings leave it open, for the offsets in `.debug_str` that a name
    has: by an index of all names.
    """

    __slots__ = (
        "_accelerator",
        "_areas",
        "_dwarf",
        "_from_gcc",
        "_only",
        "_tails",
        "_whole",
        "known_offsets",
    )

    def __init__(self, dwarf: Dwarf) -> None:
        """Read nothing yet."""
        self._dwarf = dwarf
        self._areas: list[_Area] | None = None
        self._from_gcc: bool | None = None
        self._whole: dict[tuple[Section, bytes], list[int]] = {}
        self._tails: dict[tuple[Section, bytes], list[int]] = {}
        self._accelerator = Accelerator(dwarf)
        self.known_offsets: Callable[[bytes], Iterable[int]] | None = None
        # The units that the search at hand is for, None for all.
        self._only: frozenset[Unit] | None = None

    def areas(self) -> list[_Area]:
        """Return the sections that hold units, with these."""
        if self._areas is None:
            units = self._dwarf.units
            types = [unit for unit in self._dwarf.type_units if unit.section is not self._dwarf.info]
            self._areas = [_Area(self._dwarf.info, units)]
            if types:
                self._areas.append(_Area(types[0].section, types))
        return self._areas

    def entries(self, name: str, tags: Container[int]) -> list[Die]:
        """Return every entry outside functions that has a name and one of some tags, declarations too.

        Entries for code that the linker dropped are left out, and what is broken, which `Dwarf.problems`
        says.
        """
        text = name.encode("utf-8", "surrogateescape")
        found: dict[Die, None] = {}
        try:
            self._only = self._units_by_index(text, tags)
            self._by_offset(text, tags, found)
            self._by_index(text, tags, found)
            if len(text) <= _INLINE_LIMIT or not found:
                self._inline(text, tags, found)
            living = [die for die in found if not is_dropped(die)]
        except BadData as error:
            self._dwarf.note(error)
            living = list(found)
        finally:
            self._only = None
        return sorted(living, key=lambda die: die.offset)

    def templates(self, name: str) -> Iterator[str]:
        """Yield the names of instances of a template: `twice<int>` for `twice`.  Not all of very many."""
        text = name.encode("utf-8", "surrogateescape") + b"<"
        try:
            strings = self._dwarf.sections.get(".debug_str")
            for at in islice(strings.find(b"\0" + text), _TEMPLATES):
                yield self._dwarf.string(".debug_str", at + 1)
            # In front of others is the front of a string whose tail they are; most are arguments of another.
            for at in islice(strings.find(text), _AMID):
                before = strings.read(at - 1, 1) if at else b"\0"
                if not at or before == b"_" or before.isalnum():
                    yield self._dwarf.string(".debug_str", at)
        except BadData as error:
            self._dwarf.note(error)

    def _units_by_index(self, text: bytes, tags: Container[int]) -> frozenset[Unit] | None:
        """Return the units to search where an index says which define a name, None for all of them."""
        if any(tag in tags for tag in NAMED - COVERED):
            return None
        named = self._accelerator.units(text)
        if named is None or not named.defining:
            return None
        units = (unit for area in self.areas() for unit in area.units)
        return frozenset(
            unit
            for unit in units
            # The index is about .debug_info alone.
            if unit.section is not self._dwarf.info
            or unit.offset in named.defining
            or unit.offset not in named.covered
        )

    # Names among the strings

    def _by_offset(self, text: bytes, tags: Container[int], found: dict[Die, None]) -> None:
        strings = self._dwarf.sections.get(".debug_str")
        is_inline = len(text) <= _INLINE_LIMIT and self._is_from_gcc()
        self._among(strings, text, dw.DW_FORM_strp, tags, found, is_inline)
        if self._dwarf.supplementary is not None:
            strings = self._dwarf.supplementary.sections.get(".debug_str")
            for form in (dw.DW_FORM_GNU_strp_alt, dw.DW_FORM_strp_sup):
                if self._dwarf.uses(dw.DW_AT_name, form):
                    self._among(strings, text, form, tags, found, False)

    def _is_from_gcc(self) -> bool:
        """Return whether gcc wrote all units: it has short names in the units, not among the strings."""
        if self._from_gcc is None:
            producers = (unit.producer or "" for area in self.areas() for unit in area.units)
            self._from_gcc = all(text.startswith("GNU ") and text[4:6] != "AS" for text in producers)
        return self._from_gcc

    def _among(
        self,
        strings: Section,
        text: bytes,
        form: int,
        tags: Container[int],
        found: dict[Die, None],
        is_inline: bool,
    ) -> None:
        """Add the entries whose name, of some form, is a string of a section."""
        key = strings, text
        if key not in self._whole:
            if len(self._whole) >= _KEPT_NEEDLES:
                self._whole.clear()
            self._whole[key] = whole_strings(strings, text)
        whole = [self._at_offset(at, form, tags, found) for at in self._whole[key]]
        # A tool that adds an index may have added the string where it stands whole.
        if not any(whole) and not is_inline:
            self._in_a_tail(strings, text, lambda at: self._at_offset(at, form, tags, found))

    def _in_a_tail(self, strings: Section, text: bytes, is_used: Callable[[int], bool]) -> None:
        """Try the tails that may be a name until `is_used` says that one is.

        One tail of all is the name's; that it names something local settles the question as well.
        """
        key = strings, text
        if key not in self._tails:
            if len(self._tails) >= _KEPT_NEEDLES:
                self._tails.clear()
            self._tails[key] = shared_tails(strings, text)
        tails = self._tails[key]
        tries_all = len(tails) <= _TAILS or len(tails) * self._dwarf.info.size <= _SEARCHED
        # Where they are few, other orders than the two known ones cost little.  Where they are many, the
        # strings may have come from a tool that put an index into the file after the linker.
        if any(is_used(at) for at in tails[: len(tails) if tries_all else 2]):
            return
        if not tries_all and self.known_offsets is not None and strings.file == self._dwarf.file:
            for at in self.known_offsets(text):
                is_used(at)

    def _at_offset(self, offset: int, form: int, tags: Container[int], found: dict[Die, None]) -> bool:
        """Add the entries whose name is at an offset of the strings; return whether any name is."""
        is_used = False
        for area in self.areas():
            for unit, places in area.occurrences(offset.to_bytes(4, "little"), self._only):
                dies = dict.fromkeys(self._named(unit, places, form, tags))
                found.update(dies)
                is_used = is_used or bool(dies) or _is_name(unit, places, form)
        return is_used

    def _named(self, unit: Unit, places: list[int], form: int, tags: Container[int]) -> Iterator[Die]:
        """Yield the DIEs of a unit whose DW_AT_name, of some form, is at one of some places."""
        raw = unit.data
        candidates = Candidates(unit.table, dw.DW_AT_name, (form,), tags)
        missed = []
        for place in places:
            die = candidates.die(unit, raw, place)
            if die is None:
                missed.append(place)
            elif _is_global(die):
                yield die
        if missed and candidates.has_others:
            wanted = set(missed)
            for die, place in _walk(unit, tags, dw.DW_AT_name):
                if place in wanted and die.form(dw.DW_AT_name) == form:
                    yield die

    # Names counted in a table of strings

    def _by_index(self, text: bytes, tags: Container[int], found: dict[Die, None]) -> None:
        section = self._dwarf.sections.get(".debug_str_offsets")
        if not section.size:
            return
        bases = _StringBases(self._dwarf)
        strings = self._dwarf.sections.get(".debug_str")

        def is_used(offset: int) -> bool:
            used = False
            for place in section.find(offset.to_bytes(bases.width, "little")):
                for unit, index in bases.users(place):
                    used = True
                    if self._only is None or unit in self._only:
                        found.update(dict.fromkeys(self._counted(unit, index, tags)))
            return used

        whole = [is_used(at) for at in whole_strings(strings, text)]
        if not any(whole):
            self._in_a_tail(strings, text, is_used)

    def _counted(self, unit: Unit, index: int, tags: Container[int]) -> Iterator[Die]:
        """Yield the DIEs of a unit whose DW_AT_name is a string of some index."""
        raw, table = unit.data, unit.table.decode_all()
        places = {
            code: abbreviation.places[dw.DW_AT_name]
            for code, abbreviation in table.items()
            if abbreviation.tag in tags and dw.DW_AT_name in abbreviation.places
        }
        places = {code: place for code, place in places.items() if place.form in STRING_INDICES}
        try:
            for code, start, at in having(raw, table, unit.first - unit.offset, places):
                place, abbreviation = places[code], table[code]
                if place.reader is None or is_local(raw, abbreviation, at):
                    continue
                if place.reader(raw, abbreviation.position(raw, at, place)) == index:
                    die = unit.entry(unit.offset + start)
                    if die is not None and _is_global(die):
                        yield die
        except BROKEN:
            raise unit.section.error("a broken tree of entries", unit.offset) from None

    # Names in the units themselves

    def _inline(self, text: bytes, tags: Container[int], found: dict[Die, None]) -> None:
        if self._dwarf.uses(dw.DW_AT_name, dw.DW_FORM_string):
            for area in self.areas():
                for unit, places in area.occurrences(text + b"\0", self._only):
                    found.update(dict.fromkeys(self._named(unit, places, dw.DW_FORM_string, tags)))

    # What refers to an entry

    def referring(self, targets: Iterable[Die], attribute: int, tags: Container[int]) -> list[Die]:
        """Return the entries of this file whose DW_AT_specification or DW_AT_abstract_origin is a target.

        Targets may be in another file (what dwz moved).  Entries for code that the linker dropped are
        left out.
        """
        found: dict[Die, None] = {}
        by_unit: dict[Unit, list[Die]] = {}
        for target in targets:
            by_unit.setdefault(target.unit, []).append(target)
        try:
            for unit, dies in by_unit.items():
                if unit.dwarf is self._dwarf:
                    found.update(dict.fromkeys(_referring_inside(unit, dies, attribute, tags)))
                    forms: tuple[int, ...] = (dw.DW_FORM_ref_addr,)
                else:
                    forms = tuple(SUPPLEMENTARY_REFERENCES)
                forms = tuple(form for form in forms if self._dwarf.uses(attribute, form))
                if forms:
                    for die in dies:
                        found.update(dict.fromkeys(self._referring_across(die, attribute, forms, tags)))
        except BadData as error:
            self._dwarf.note(error)
        return sorted(found, key=lambda die: die.offset)

    def _referring_across(
        self, target: Die, attribute: int, forms: tuple[int, ...], tags: Container[int]
    ) -> Iterator[Die]:
        for area in self.areas():
            for unit, places in area.occurrences(target.offset.to_bytes(4, "little")):
                candidates = Candidates(unit.table, attribute, forms, tags)
                yield from _confirmed(unit, candidates, places, attribute, target, tags)


class _Area:
    """One section of units."""

    __slots__ = ("_kept", "_offsets", "section", "units")

    def __init__(self, section: Section, units: list[Unit]) -> None:
        self.section = section
        self.units = units
        self._offsets = [unit.offset for unit in units]
        self._kept: dict[bytes, list[tuple[Unit, list[int]]]] = {}

    def occurrences(
        self, needle: bytes, only: frozenset[Unit] | None = None
    ) -> Iterator[tuple[Unit, list[int]]]:
        """Yield the units that have some bytes, and where: in bytes from the unit's first byte.

        `only` are the units to look into, None for all.
        """
        if only is not None:
            for unit in self.units:
                if unit in only:
                    yield unit, [at - unit.offset for at in self.section.find(needle, unit.offset, unit.end)]
            return
        # One name is looked for as a variable, a type, a function: the bytes are the same.
        known = self._kept.get(needle)
        if known is not None:
            yield from known
            return
        found: list[tuple[Unit, list[int]]] = []
        count = 0
        for unit, places in self._search(needle):
            count += len(places)
            if count <= _KEPT_PLACES:
                found.append((unit, places))
            yield unit, places
        if count <= _KEPT_PLACES:
            if len(self._kept) >= _KEPT_NEEDLES:
                self._kept.clear()
            self._kept[needle] = found

    def _search(self, needle: bytes) -> Iterator[tuple[Unit, list[int]]]:
        current: Unit | None = None
        places: list[int] = []
        for at in self.section.find(needle):
            if current is None or at >= current.end:
                if current is not None:
                    yield current, places
                number = bisect_right(self._offsets, at) - 1
                current = self.units[number] if number >= 0 and at < self.units[number].end else None
                places = []
            if current is not None:
                places.append(at - current.offset)
        if current is not None:
            yield current, places


def whole_strings(strings: Section, text: bytes) -> list[int]:
    """Return the offsets where a string stands by itself."""
    found = [at + 1 for at in strings.find(b"\0" + text + b"\0")]
    if strings.upto(0, len(text) + 1) == text + b"\0":
        found.insert(0, 0)
    return found


def shared_tails(strings: Section, text: bytes) -> list[int]:
    """Return offsets where a string may have been given the tail of a longer one, the likeliest first.

    Linkers take the longer ones in the order of their letters from the end, so that the first of them is
    the one; dwz takes the last.

    Source: binutils bfd/merge.c merge_strings(); LLVM StringTableBuilder::finalizeStringTable().
    """
    places = islice(strings.find(text + b"\0"), _TAIL_LIMIT)
    fronts = ((front, at) for at in places if (front := _before(strings, at)[::-1]))
    ordered = [at for _, at in sorted(fronts)]
    return ordered[:1] + ordered[:0:-1]


def _before(strings: Section, at: int) -> bytes:
    """Return what comes before an offset in its string."""
    size = 64
    while True:
        start = max(0, at - size)
        data = strings.read(start, at - start)
        nul = data.rfind(b"\0")
        if nul >= 0 or not start or size > 1 << 16:
            return data[nul + 1 :]
        size *= 8


def _walk(unit: Unit, tags: Container[int], attribute: int) -> Iterator[tuple[Die, int]]:
    """Yield the DIEs outside functions that have some tags and an attribute, with the attribute's place."""
    raw, base = unit.data, unit.offset
    around = [unit.root]
    while around:
        parent = around.pop()
        for node in unit.siblings(parent.children_at()):
            abbreviation = node.abbreviation
            is_scope = abbreviation.has_children and abbreviation.tag in SCOPES
            place = abbreviation.places.get(attribute) if abbreviation.tag in tags else None
            if place is None and not is_scope:
                continue
            die = unit.child(parent, base + node.start, abbreviation, node.at)
            if place is not None:
                try:
                    yield die, abbreviation.position(raw, node.at, place)
                except BROKEN:
                    raise unit.section.error("an entry is cut off", die.offset) from None
            if is_scope:
                around.append(die)


def _referring_inside(unit: Unit, targets: list[Die], attribute: int, tags: Container[int]) -> Iterator[Die]:
    """Yield the DIEs of a unit that refer to targets in the same unit."""
    table = unit.table.decode_all()
    forms = {
        abbreviation.places[attribute].form
        for abbreviation in table.values()
        if attribute in abbreviation.places and abbreviation.tag in tags
    } & UNIT_REFERENCES
    candidates = Candidates(table, attribute, (dw.DW_FORM_ref4,), tags)
    if not forms:
        return
    if forms != {dw.DW_FORM_ref4} or candidates.has_others or len(targets) > _MANY:
        wanted = {target.offset - unit.offset for target in targets}
        for die in unit.referring(attribute, tags, wanted):
            if not is_dropped(die):
                yield die
        return
    raw = unit.data
    for target in targets:
        needle = (target.offset - unit.offset).to_bytes(4, "little")
        places = []
        at = raw.find(needle)
        while at >= 0:
            places.append(at)
            at = raw.find(needle, at + 1)
        yield from _confirmed(unit, candidates, places, attribute, target, tags)


def _confirmed(
    unit: Unit,
    candidates: Candidates,
    places: list[int],
    attribute: int,
    target: Die,
    tags: Container[int],
) -> Iterator[Die]:
    """Yield the DIEs of a unit that have, at one of some places, an attribute that refers to a target."""
    missed = False
    for place in places:
        die = candidates.die(unit, unit.data, place)
        if die is None:
            missed = True
        elif die.ref(attribute) == target and not is_dropped(die):
            yield die
    if missed and candidates.has_others:
        for die in unit.having(attribute, tags):
            if die.ref(attribute) == target and not is_dropped(die):
                yield die


def _is_name(unit: Unit, places: list[int], form: int) -> bool:
    """Return whether one of some places of a unit is that of a DW_AT_name."""
    candidates = Candidates(unit.table, dw.DW_AT_name, (form,), range(1 << 16))
    return any(candidates.die(unit, unit.data, place) is not None for place in places[:_TAILS])


def _is_global(die: Die) -> bool:
    """Return whether an entry is outside functions."""
    around = die.parent
    while around is not None:
        if around.tag not in SCOPES:
            return False
        around = around.parent
    return True


class _StringBases:
    """Whose string a place of `.debug_str_offsets` is."""

    __slots__ = ("_bases", "_units", "width")

    def __init__(self, dwarf: Dwarf) -> None:
        users: dict[int, list[Unit]] = {}
        self.width = 4
        for unit in [*dwarf.units, *dwarf.type_units]:
            try:
                users.setdefault(unit.strings_base, []).append(unit)
            except BadData as error:
                dwarf.note(error)
            else:
                self.width = unit.offset_size
        self._bases = sorted(users)
        self._units = users

    def users(self, place: int) -> Iterator[tuple[Unit, int]]:
        """Yield the units whose table has a place, and which of their strings is there."""
        number = bisect_right(self._bases, place) - 1
        if number >= 0:
            base = self._bases[number]
            index, rest = divmod(place - base, self.width)
            if not rest:
                for unit in dict.fromkeys(self._units[base]):
                    yield unit, index
