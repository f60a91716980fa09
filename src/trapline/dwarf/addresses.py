"""Which unit an address belongs to: from `.debug_aranges` or `.gdb_index`, and from what the units say."""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_right
from itertools import groupby
from operator import itemgetter

from trapline.base.errors import BadData
from trapline.base.typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from trapline.dwarf.sections import Section

_Owner = TypeVar("_Owner")

_SEARCHED = 2  # times the table that is gone through before sorting all its runs costs less
_SET = 16  # bytes of a set besides its words
_RUN = struct.Struct("<QQI")  # of .gdb_index: start, end, number of the unit


class AddressMap(Generic[_Owner]):
    """Owners of runs of addresses; of two that overlap, the one that starts later owns the overlap."""

    __slots__ = ("_owners", "_starts")

    def __init__(self, ranges: Iterable[tuple[int, int, _Owner]]) -> None:
        """Take (start, end, owner), ends exclusive, in any order."""
        self._starts: list[int] = []
        self._owners: list[_Owner | None] = []
        open_runs: list[tuple[int, _Owner]] = []
        # Of runs that start together the longest comes first, so that the shortest is innermost.
        for start, end, owner in sorted(ranges, key=lambda run: (run[0], -run[1])):
            self._close(open_runs, start)
            if open_runs and open_runs[-1][0] == end and self._starts[-1] == start:
                continue  # the same run again: the first owner stays
            self._begin(start, owner)
            open_runs.append((end, owner))
        self._close(open_runs, None)

    def _begin(self, start: int, owner: _Owner | None) -> None:
        if self._starts and self._starts[-1] == start:
            self._owners[-1] = owner
        else:
            self._starts.append(start)
            self._owners.append(owner)

    def _close(self, open_runs: list[tuple[int, _Owner]], before: int | None) -> None:
        """End the runs that end at or before an address (None: all), each giving way to the one around it."""
        while open_runs and (before is None or open_runs[-1][0] <= before):
            end, _ = open_runs.pop()
            while open_runs and open_runs[-1][0] <= end:
                open_runs.pop()
            self._begin(end, open_runs[-1][1] if open_runs else None)

    def get(self, address: int) -> _Owner | None:
        """Return the owner of an address, None where nobody owns it."""
        at = bisect_right(self._starts, address) - 1
        return self._owners[at] if at >= 0 else None


class Aranges:
    """What `.debug_aranges` says of addresses.

    The section is a hint that old linkers and tools leave incomplete or wrong: a broken set ends the
    reading, it is no error.

    Source: DWARF 5 §6.1.2.
    """

    __slots__ = ("_left", "_lowest", "_map", "_section", "_units")

    def __init__(self, section: Section | None, lowest: int = 0) -> None:
        """Read nothing yet; runs that start below file address `lowest` are of code that was dropped."""
        self._section = section
        self._lowest = lowest
        self._left = _SEARCHED * section.size if section is not None else 0
        self._map: AddressMap[int] | None = None
        self._units: set[int] = set()

    @classmethod
    def nothing(cls) -> Aranges:
        """Return a table that says nothing."""
        return cls(None)

    def find(self, address: int) -> int | None:
        """Return the offset of the unit that has code at a file address, None when none has."""
        if self._left > 0 and self._map is None:
            return self._search(address)
        return self._sorted().get(address)

    def units(self) -> set[int]:
        """Return the offsets of the units that have a set, even an empty one."""
        self._sorted()
        return self._units

    def _search(self, address: int) -> int | None:
        """Go through the sets for one address: what a first breakpoint needs, a third of sorting them."""
        if address >= self._lowest:
            for unit, words in self._sets():
                self._left -= _SET + words.itemsize * len(words)
                for start, size in zip(words[0::2], words[1::2], strict=False):
                    if start <= address < start + size:
                        return unit
        return None

    def _sorted(self) -> AddressMap[int]:
        if self._map is None:
            runs: list[tuple[int, int, int]] = []
            # Where units share inline functions, each has them in its set, and the first is as good as any.
            known: set[int] = set()
            for unit, words in self._sets():
                self._units.add(unit)
                starts, sizes = words[0::2], words[1::2]
                fresh = set(starts) - known
                known |= fresh
                runs += [
                    (start, start + size, unit)
                    for start, size in zip(starts, sizes, strict=False)
                    if start in fresh and start >= self._lowest and size
                ]
            self._map = AddressMap(runs)
        return self._map

    def _sets(self) -> Iterator[tuple[int, array[int]]]:
        """Yield the unit of each set, and its words: an address, a size, and so on."""
        at = 0
        try:
            while self._section is not None and at < self._section.size:
                unit, words, at = _read_set(self._section, at)
                yield unit, words
        except (BadData, struct.error):
            return


class IndexAddresses(Aranges):
    """What the address area of `.gdb_index` says: the same in another form.

    clang writes no `.debug_aranges`; linkers and `gdb-add-index` write this.

    Source: the GDB manual, Index Section Format, versions 4 to 9.
    """

    __slots__ = ("_index", "_places")

    def __init__(self, index: Section, lowest: int = 0) -> None:
        """Read where the parts of the section are."""
        super().__init__(index, lowest)
        self._index = index
        self._places = _parts(index)
        _, _, runs_at, symbols_at = self._places
        self._left = _SEARCHED * (symbols_at - runs_at)

    def _sets(self) -> Iterator[tuple[int, array[int]]]:
        units_at, types_at, runs_at, symbols_at = self._places
        try:
            units = array("Q", self._index.read(units_at, (types_at - units_at) // 16 * 16))[0::2]
            runs = self._index.read(runs_at, (symbols_at - runs_at) // _RUN.size * _RUN.size)
        except BadData:
            return
        for number, some in groupby(_RUN.iter_unpack(runs), itemgetter(2)):
            if number < len(units):  # others are types'
                words = array("Q")
                for start, end, _ in some:
                    words.extend((start, max(end - start, 0)))
                yield units[number], words


def _parts(index: Section) -> tuple[int, int, int, int]:
    """Return where the units, the type units, the runs and the symbols begin; zeros for what is no index."""
    try:
        version, *places = struct.unpack("<5I", index.read(0, 20))
    except BadData:
        return 0, 0, 0, 0
    if not 4 <= version <= 9 or places != sorted(places):
        return 0, 0, 0, 0
    units_at, types_at, runs_at, symbols_at = places
    return units_at, types_at, runs_at, symbols_at


def _read_set(section: Section, at: int) -> tuple[int, array[int], int]:
    """Return a set's unit, its words (address, size, ...), and where the next set is."""
    start, width = at, 4
    length = section.u32(at)
    at += 4
    if length == 0xFFFFFFFF:
        length, width = section.unsigned(at, 8), 8
        at += 8
    end = at + length
    version, unit = section.unsigned(at, 2), section.unsigned(at + 2, width)
    address_size, segment_size = section.read(at + 2 + width, 2)
    words = array("Q" if address_size == 8 else "I")
    if version == 2 and address_size in (4, 8) and not segment_size:
        at += width + 4
        # The first pair is aligned to its own size, counted from where the set begins.
        at += -(at - start) % (2 * address_size)
        size = max(0, end - at)
        words.frombytes(section.read(at, size - size % (2 * address_size)))
    return unit, words, end
