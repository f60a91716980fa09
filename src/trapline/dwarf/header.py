"""The headers of units.

Source: DWARF 5 §7.4, §7.5.1; DWARF 4 §7.5.1 for `.debug_types`.
"""

from __future__ import annotations

from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw

if TYPE_CHECKING:
    from trapline.dwarf.sections import Section

TYPE_UNITS = frozenset((dw.DW_UT_type, dw.DW_UT_split_type))

_PLAIN_UNITS = frozenset((dw.DW_UT_compile, dw.DW_UT_partial))
_NUMBERED_UNITS = frozenset((dw.DW_UT_skeleton, dw.DW_UT_split_compile)) | TYPE_UNITS
_SIZE = 48  # bytes: more than any header has


class UnitHeader(NamedTuple):
    """What a unit's header says.

    `end` and `first` (the first DIE) are bytes into the section, `abbreviations_at` bytes into
    `.debug_abbrev`, `type_offset` bytes from the unit's first byte (0 outside type units), sizes are bytes,
    `kind` is a DW_UT.  `signature` is the type's, or the number that skeleton and split unit share, 0 for
    none.
    """

    end: int
    first: int
    version: int
    kind: int
    address_size: int
    offset_size: int
    abbreviations_at: int
    signature: int
    type_offset: int


def unit_end(header: bytes, offset: int) -> tuple[int, int]:
    """Return the end of the unit, set or table that begins at `offset`, and its offsets' size in bytes.

    `header` are its first twelve bytes; IndexError when they are fewer than its length takes.

    Source: DWARF 5 §7.4.
    """
    length = _number(header, 0, 4)
    if length < 0xFFFFFFF0:
        return offset + 4 + length, 4
    return offset + 12 + _number(header, 4, 8), 8


def read_header(section: Section, offset: int, *, holds_types: bool) -> UnitHeader:
    """Return the header at an offset of a section; `holds_types` is for the `.debug_types` of DWARF 4.

    Raises:
        BadData: it is cut off, or says what nobody knows.
    """
    try:
        header = _decode(section, offset, section.upto(offset, _SIZE), holds_types)
    except IndexError:
        raise section.error("a unit header is cut off", offset) from None
    if header.address_size not in (4, 8):
        raise section.error(f"a unit with addresses of {header.address_size} bytes", offset)
    if not header.first < header.end <= section.size:
        raise section.error(f"a unit of {header.end - offset} bytes reaches past {section.size:#x}", offset)
    return header


def _decode(section: Section, offset: int, data: bytes, holds_types: bool) -> UnitHeader:
    end, width = unit_end(data, offset)
    at = 4 if width == 4 else 12
    version = _number(data, at, 2)
    at += 2
    if version == 5:
        kind, address_size = data[at], data[at + 1]
        abbreviations_at = _number(data, at + 2, width)
        if kind not in _PLAIN_UNITS | _NUMBERED_UNITS:
            raise section.error(f"a unit of unknown kind {kind}", offset)
    elif 2 <= version <= 4:
        kind = dw.DW_UT_type if holds_types else dw.DW_UT_compile
        abbreviations_at, address_size = _number(data, at, width), data[at + width]
        at -= 1  # one byte less than version 5: no kind
    else:
        raise section.error(f"a unit of unknown version {version}", offset)
    at += 2 + width
    signature = type_offset = 0
    if kind in _NUMBERED_UNITS:
        signature = _number(data, at, 8)
        at += 8
    if kind in TYPE_UNITS:
        type_offset = _number(data, at, width)
        at += width
    return UnitHeader(
        end, offset + at, version, kind, address_size, width, abbreviations_at, signature, type_offset
    )


def _number(data: bytes, at: int, size: int) -> int:
    if at + size > len(data):
        raise IndexError("cut off")
    return int.from_bytes(data[at : at + size], "little")
