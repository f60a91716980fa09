"""Entries by where they are: what stands at an address that no symbol names, and what is nowhere any more.

Source: DWARF 5 §2.6, a static object's location is DW_OP_addr and its address.
"""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.dwarf.candidates import Candidates
from trapline.dwarf.context import BROKEN
from trapline.dwarf.encoding import uleb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trapline.dwarf.die import Die
    from trapline.dwarf.file import Dwarf

_OPERATION = 9  # bytes of DW_OP_addr and its address
_FORMS = (dw.DW_FORM_exprloc, dw.DW_FORM_block1)
_VARIABLES = frozenset((dw.DW_TAG_variable,))


def is_dropped(die: Die) -> bool:
    """Return whether an entry is for code or a variable that the linker left out."""
    start: int | None = die.address(dw.DW_AT_low_pc)
    if start is None and die.tag == dw.DW_TAG_variable:
        start = _place(die)
    return start is not None and die.unit.dwarf.is_dropped(start)


def _place(die: Die) -> int | None:
    """Return the file address that a variable always has, None for one that has no such."""
    expression = die.block(dw.DW_AT_location) or b""
    if expression[:1] == bytes((dw.DW_OP_addrx,)):
        try:
            index, end = uleb(expression, 1)
        except BROKEN:
            return None
        return die.unit.address_at(index) if end == len(expression) else None
    if len(expression) != _OPERATION or expression[0] != dw.DW_OP_addr:
        return None
    return int.from_bytes(expression[1:], "little")


def variables_at(dwarf: Dwarf, address: int) -> Iterator[Die]:
    """Yield the variables whose place is a file address, where attributes of fixed size alone precede it."""
    place = bytes((_OPERATION, dw.DW_OP_addr)) + address.to_bytes(8, "little")
    for at in dwarf.info.find(place):
        unit = dwarf.unit_at(at)
        if unit is None:
            continue
        candidates = Candidates(unit.table, dw.DW_AT_location, _FORMS, _VARIABLES)
        die = candidates.die(unit, unit.data, at - unit.offset)
        if die is not None:
            yield die
