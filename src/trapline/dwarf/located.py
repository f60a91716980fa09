"""Entries of variables found by where they are: what stands at an address that no symbol names.

Source: DWARF 5 §2.6, a static object's location is DW_OP_addr and its address.
"""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.dwarf.candidates import Candidates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trapline.dwarf.units import Die, Dwarf

_FORMS = (dw.DW_FORM_exprloc, dw.DW_FORM_block1)
_VARIABLES = frozenset((dw.DW_TAG_variable,))


def variables_at(dwarf: Dwarf, address: int) -> Iterator[Die]:
    """Yield the variables whose place is a file address, where attributes of fixed size alone precede it."""
    place = bytes((9, dw.DW_OP_addr)) + address.to_bytes(8, "little")
    for at in dwarf.info.find(place):
        unit = dwarf.unit_at(at)
        if unit is None:
            continue
        candidates = Candidates(unit.table, dw.DW_AT_location, _FORMS, _VARIABLES)
        die = candidates.die(unit, unit.data, at - unit.offset)
        if die is not None:
            yield die
