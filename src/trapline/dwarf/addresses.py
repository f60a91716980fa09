"""Which unit an address belongs to: from `.debug_aranges`, and from what the units say themselves."""

from __future__ import annotations

import struct
from bisect import bisect_right
from typing import TYPE_CHECKING, Generic, TypeVar

from trapline.base.errors import BadData

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from trapline.dwarf.sections import Section

_Owner = TypeVar("_Owner")

_PIECE = 1 << 16  # bytes of the section read at once


class AddressMap(Generic[_Owner]):
    """Owners of runs of addresses; of two runs that overlap, the one that starts later owns the overlap."""

    __slots__ = ("_owners", "_starts")

    def __init__(self, ranges: Iterable[tuple[int, int, _Owner]]) -> None:
        """Take (start, end, owner), ends exclusive, in any order."""
        self._starts: list[int] = []
        self._owners: list[_Owner | None] = []
        open_runs: list[tuple[int, _Owner]] = []
        # Of runs that start together the longest comes first, so that the shortest is innermost.
        for start, end, owner in sorted(ranges, key=lambda run: (run[0], -run[1])):
            self._close(open_runs, start)
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


def read_aranges(section: Section) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, offset of the unit in .debug_info) for each run of `.debug_aranges`.

    The section is a hint that old linkers and tools leave incomplete or wrong: a broken set ends the
    reading, it is no error.

    Source: DWARF 5 §6.1.2.
    """
    at = 0
    while at < section.size:
        try:
            found, at = _read_set(section, at)
        except (BadData, struct.error):
            return
        yield from found


def _read_set(section: Section, at: int) -> tuple[list[tuple[int, int, int]], int]:
    start, width = at, 4
    length = section.u32(at)
    at += 4
    if length == 0xFFFFFFFF:
        length, width = section.unsigned(at, 8), 8
        at += 8
    end = at + length
    version, unit = section.unsigned(at, 2), section.unsigned(at + 2, width)
    address_size, segment_size = section.read(at + 2 + width, 2)
    if version != 2 or address_size not in (4, 8) or segment_size:
        return [], end
    at += width + 4
    # The first pair is aligned to its own size, counted from where the set begins.
    at += -(at - start) % (2 * address_size)
    layout = struct.Struct("<QQ" if address_size == 8 else "<II")
    found = []
    while at < end:
        size = min(_PIECE, end - at)
        data = section.read(at, size - size % layout.size)
        if not data:
            break
        found += [(low, low + length, unit) for low, length in layout.iter_unpack(data) if length]
        at += len(data)
    return found, end
