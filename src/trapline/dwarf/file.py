"""The file that holds the units: nothing of it is decoded before it is asked for.

A `Dwarf` walks the unit headers once.  A reader method raises BadData where the bytes contradict the
format; headers that do are left out and named in `Dwarf.problems`.

Source: DWARF 5 §3.1, §7.5; https://gcc.gnu.org/wiki/DebugFission for GNU's split DWARF 4.
"""

from __future__ import annotations

from bisect import bisect_right

from trapline.base.errors import BadData
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.dwarf.addresses import AddressMap, Aranges, IndexAddresses
from trapline.dwarf.context import FileContext
from trapline.dwarf.header import TYPE_UNITS, unit_end
from trapline.dwarf.units import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trapline.dwarf.die import Die
    from trapline.dwarf.sections import Section
    from trapline.elf.image import Image

_EXPECTED = 4096
"""Addresses of which the unit is remembered: those of breakpoints, where a program stops next."""

_BROKEN_UNITS = 20  # headers that cannot be read, after which the rest of the section is given up
_SPLIT_NAMES = (dw.DW_AT_dwo_name, dw.DW_AT_GNU_dwo_name)


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

        `.debug_aranges`, or `.gdb_index` where there is none, is believed where the unit that it names
        confirms it; else the units are asked.
        """
        expected = self._expected.get(address)
        if expected is not None and self._covers(expected, address):
            return expected
        if self._aranges is None:
            self._aranges = self._tabled()
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

    def _tabled(self) -> Aranges:
        section = self.sections.get(".debug_aranges")
        if not section.size and (index := self.sections.get(".gdb_index")).size:
            return IndexAddresses(index, self.lowest)
        return Aranges(section, self.lowest)

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
        """Yield the code of the units; of those `listed` in a table where it is a single run.

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
