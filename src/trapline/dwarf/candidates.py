"""From the place of an attribute's bytes back to where the DIE that has it begins.

What looks like a DIE there may be the line or the column of another one: each find is verified.
"""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.dwarf.context import BROKEN
from trapline.dwarf.forms import BLOCKS

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from trapline.dwarf.abbreviations import Abbreviation, AbbreviationTable
    from trapline.dwarf.die import Die
    from trapline.dwarf.units import Unit

# First operations of a place that no variable of static storage has.
_FRAME_OPERATIONS = frozenset((dw.DW_OP_fbreg, *range(dw.DW_OP_reg0, dw.DW_OP_breg31 + 1)))


class Candidates:
    """The abbreviations by which an attribute's place leads back to where its DIE begins.

    That is possible where only forms of fixed size come before the attribute; `has_others` says that the
    unit has abbreviations of the tags asked for where something else comes before.
    """

    __slots__ = ("_by_distance", "has_others")

    def __init__(
        self, table: AbbreviationTable, attribute: int, forms: tuple[int, ...], tags: Container[int]
    ) -> None:
        self._by_distance: dict[int, dict[int, Abbreviation]] = {}
        self.has_others = False
        for code, abbreviation in table.decode_all().items():
            place = abbreviation.places.get(attribute)
            if place is None or place.form not in forms or abbreviation.tag not in tags:
                continue
            if place.steps:
                self.has_others = True
            else:
                self._by_distance.setdefault(place.offset, {})[code] = abbreviation

    def die(self, unit: Unit, raw: bytes, place: int) -> Die | None:
        """Return the DIE of a unit whose attribute is at a place, None when there is none."""
        for start in self._starts(raw, place):
            die = unit.entry(unit.offset + start)
            if die is not None:
                return die
        return None

    def _starts(self, raw: bytes, place: int) -> Iterator[int]:
        """Yield where the DIE may begin; the last byte of a long code may be a code by itself."""
        for distance, abbreviations in self._by_distance.items():
            at = place - distance - 1
            if at < 2 or raw[at] >= 0x80:
                continue
            abbreviation = abbreviations.get(raw[at])
            if abbreviation is not None and not is_local(raw, abbreviation, at + 1):
                yield at
            if raw[at - 1] >= 0x80:
                abbreviation = abbreviations.get(raw[at - 1] & 0x7F | raw[at] << 7)
                if abbreviation is not None and not is_local(raw, abbreviation, at + 1):
                    yield at - 1


def is_local(raw: bytes, abbreviation: Abbreviation, at: int) -> bool:
    """Return whether the attributes at `at` are those of a variable that has its place in a frame."""
    if abbreviation.tag != dw.DW_TAG_variable:
        return False
    place = abbreviation.places.get(dw.DW_AT_location)
    if place is None or place.reader is None:
        return False
    if place.form not in BLOCKS:
        return True  # a list: only what moves between registers and memory has one
    try:
        expression = place.reader(raw, abbreviation.position(raw, at, place))
    except BROKEN:
        return True
    return isinstance(expression, bytes) and expression[:1] != b"" and expression[0] in _FRAME_OPERATIONS
