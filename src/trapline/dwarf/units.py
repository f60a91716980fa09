"""Units: the entries that a compilation gave, and the ways from one to another.

A `Unit` reads its bytes when one of its DIEs is needed.

Source: DWARF 5 §3.1, §7.5; https://gcc.gnu.org/wiki/DebugFission for GNU's split DWARF 4.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right

from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.dwarf.context import BROKEN, UnitContext
from trapline.dwarf.die import Die
from trapline.dwarf.encoding import uleb
from trapline.dwarf.forms import UNIT_REFERENCES, direct_form
from trapline.dwarf.tree import DEPTH, containers, having, siblings

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from trapline.dwarf.abbreviations import Abbreviation
    from trapline.dwarf.file import Dwarf
    from trapline.dwarf.sections import Section
    from trapline.dwarf.tree import Node


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
