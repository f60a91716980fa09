"""Range lists and location lists, in the encodings of DWARF 2 to 5 and of GNU's split DWARF 4.

Sources: DWARF 5 §2.17.3, §2.6.2, §7.25, §7.7.3; DWARF 4 §2.17.3, §2.6.2;
https://gcc.gnu.org/wiki/DebugFission for DW_LLE_GNU_*.
"""

from __future__ import annotations

import struct

from trapline.base.address import ADDRESS_MASK, FileAddress
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING, TypeVar
from trapline.dwarf import constants as dw
from trapline.dwarf.encoding import U16, U32, U64, uleb
from trapline.dwarf.ranges import END_OF_SPACE, LAST_ADDRESS, LocationRange, Range

if TYPE_CHECKING:
    from collections.abc import Callable

    from trapline.dwarf.sections import Section

    AddressAt = Callable[[int], int]

_Entry = TypeVar("_Entry")

_WINDOW = 512  # bytes of a list first read; a longer list is read again, four times as much
_LIMIT = 1 << 24  # bytes of one list: far more than any compiler writes
_VIEW_PAIR = 9  # gcc -gvariable-location-views=incompat5


class ListReader(NamedTuple):
    """What the entries of one unit's lists rest on.

    `base` is the file address that offsets count from, `address_at` resolves indices into the unit's
    table of addresses.  Entries below `lowest` are for code that the linker dropped.
    """

    base: int
    address_size: int
    address_at: AddressAt
    lowest: int

    def old_ranges(self, section: Section, offset: int) -> list[Range]:
        """Return the living entries of a list of `.debug_ranges`; BadData when it is cut off."""
        return _windowed(section, offset, self._old_ranges)

    def new_ranges(self, section: Section, offset: int) -> list[Range]:
        """Return the living entries of a list of `.debug_rnglists`; BadData when it is cut off."""
        return _windowed(section, offset, self._new_ranges)

    def old_locations(self, section: Section, offset: int) -> list[LocationRange]:
        """Return a list of `.debug_loc`; BadData when it is cut off."""
        return _windowed(section, offset, self._old_locations)

    def gnu_locations(self, section: Section, offset: int) -> list[LocationRange]:
        """Return a list of the `.debug_loc.dwo` of GNU's split DWARF 4; BadData when it is cut off."""
        return _windowed(section, offset, self._gnu_locations)

    def new_locations(self, section: Section, offset: int) -> list[LocationRange]:
        """Return a list of `.debug_loclists`, the default location last, for all addresses.

        Raises:
            BadData: it is cut off.
        """
        return _windowed(section, offset, self._new_locations)

    def _old_ranges(self, data: bytes) -> list[Range]:
        found: list[Range] = []
        base, top = self.base, (1 << 8 * self.address_size) - 1
        for start, end in _pairs(data, self.address_size):
            if not start and not end:
                return found
            if start == top:
                base = end
            elif self.lowest <= base + start < base + end <= LAST_ADDRESS:
                found.append(Range(FileAddress(base + start), FileAddress(base + end)))
        raise IndexError("no end of list")

    def _old_locations(self, data: bytes) -> list[LocationRange]:
        found: list[LocationRange] = []
        base, size = self.base, self.address_size
        top = (1 << 8 * size) - 1
        at = 0
        while True:
            start, end = _number(data, at, size), _number(data, at + size, size)
            at += 2 * size
            if not start and not end:
                return found
            if start == top:
                base = end
                continue
            expression, at = _counted(data, at + 2, U16(data, at)[0])
            if start < end:
                found.append(_location(base + start, base + end, expression))

    def _gnu_locations(self, data: bytes) -> list[LocationRange]:
        found: list[LocationRange] = []
        base, at = self.base, 0
        while True:
            kind = data[at]
            at += 1
            if kind == 0:
                return found
            if kind == 1:
                index, at = uleb(data, at)
                base = self.address_at(index)
                continue
            if kind == 2:
                first, at = uleb(data, at)
                second, at = uleb(data, at)
                start, end = self.address_at(first), self.address_at(second)
            elif kind == 3:
                first, at = uleb(data, at)
                start = self.address_at(first)
                end = start + U32(data, at)[0]
                at += 4
            elif kind == 4:
                start, end = base + U32(data, at)[0], base + U32(data, at + 4)[0]
                at += 8
            else:
                raise ValueError(f"unknown kind {kind} of location list entry")
            expression, at = _counted(data, at + 2, U16(data, at)[0])
            if start < end:
                found.append(_location(start, end, expression))

    def _new_ranges(self, data: bytes) -> list[Range]:
        found: list[Range] = []
        base, at, lowest = self.base, 0, self.lowest
        while True:
            kind = data[at]
            at += 1
            if kind == dw.DW_RLE_start_length and self.address_size == 8:
                # What gcc writes, and nearly all of it for code that other units have as well.
                start = U64(data, at)[0]
                size = data[at + 8]
                at += 9
                if size >= 0x80:
                    size, at = uleb(data, at - 1)
                if lowest <= start < start + size <= LAST_ADDRESS:
                    found.append(Range(FileAddress(start), FileAddress(start + size)))
                continue
            if kind == dw.DW_RLE_end_of_list:
                return found
            if kind == dw.DW_RLE_base_addressx:
                index, at = uleb(data, at)
                base = self.address_at(index)
                continue
            if kind == dw.DW_RLE_base_address:
                base = _number(data, at, self.address_size)
                at += self.address_size
                continue
            if kind > dw.DW_RLE_start_length:
                raise ValueError(f"unknown kind {kind} of range list entry")
            start, end, at = self._bounds(data, at, kind, base)
            if lowest <= start < end <= LAST_ADDRESS:
                found.append(Range(FileAddress(start), FileAddress(end)))

    def _new_locations(self, data: bytes) -> list[LocationRange]:
        found: list[LocationRange] = []
        default: list[LocationRange] = []
        base, at = self.base, 0
        while True:
            kind = data[at]
            at += 1
            if kind == dw.DW_LLE_end_of_list:
                return found + default
            if kind == dw.DW_LLE_base_addressx:
                index, at = uleb(data, at)
                base = self.address_at(index)
                continue
            if kind == dw.DW_LLE_base_address:
                base = _number(data, at, self.address_size)
                at += self.address_size
                continue
            if kind == _VIEW_PAIR:
                _, at = uleb(data, at)
                _, at = uleb(data, at)
                continue
            if kind == dw.DW_LLE_default_location:
                size, at = uleb(data, at)
                expression, at = _counted(data, at, size)
                default = [_location(0, END_OF_SPACE, expression)]
                continue
            if kind > dw.DW_LLE_start_length:
                raise ValueError(f"unknown kind {kind} of location list entry")
            # Behind the default location, the kinds are those of range lists, one higher.
            start, end, at = self._bounds(data, at, kind if kind < 5 else kind - 1, base)
            size, at = uleb(data, at)
            expression, at = _counted(data, at, size)
            if start < end:
                found.append(_location(start, end, expression))

    def _bounds(self, data: bytes, at: int, kind: int, base: int) -> tuple[int, int, int]:
        """Return start and end of an entry whose kind is a DW_RLE, and where what follows them is."""
        if kind == dw.DW_RLE_offset_pair:
            first, at = uleb(data, at)
            second, at = uleb(data, at)
            return base + first, base + second, at
        if kind in (dw.DW_RLE_startx_endx, dw.DW_RLE_startx_length):
            first, at = uleb(data, at)
            second, at = uleb(data, at)
            start = self.address_at(first)
            return start, self.address_at(second) if kind == dw.DW_RLE_startx_endx else start + second, at
        start = _number(data, at, self.address_size)
        at += self.address_size
        if kind == dw.DW_RLE_start_end:
            return start, _number(data, at, self.address_size), at + self.address_size
        second, at = uleb(data, at)
        return start, start + second, at


def _windowed(section: Section, offset: int, decode: Callable[[bytes], list[_Entry]]) -> list[_Entry]:
    """Return what `decode` makes of the bytes from `offset` on, giving it more of them where it asks."""
    window = _WINDOW
    while True:
        data = section.upto(offset, window)
        try:
            return decode(data)
        except (IndexError, struct.error):
            if len(data) < window or window > _LIMIT:
                raise section.error("a list without an end", offset) from None
        except ValueError as error:
            raise section.error(str(error), offset) from None
        window *= 4


def _location(start: int, end: int, expression: bytes) -> LocationRange:
    return LocationRange(FileAddress(start & ADDRESS_MASK), FileAddress(end & ADDRESS_MASK), expression)


def _counted(data: bytes, at: int, size: int) -> tuple[bytes, int]:
    end = at + size
    if end > len(data):
        raise IndexError("an expression reaches past the end")
    return data[at:end], end


def _number(data: bytes, at: int, size: int) -> int:
    if size == 8:
        return int(U64(data, at)[0])
    if at + size > len(data):
        raise IndexError("a number reaches past the end")
    return int.from_bytes(data[at : at + size], "little")


def _pairs(data: bytes, size: int) -> list[tuple[int, int]]:
    layout = {8: "<QQ", 4: "<II", 2: "<HH"}[size]
    return list(struct.iter_unpack(layout, data[: len(data) // (2 * size) * (2 * size)]))
