"""The index of a DWARF package (.dwp): where the sections of each split unit are in it.

Source: DWARF 5 §7.3.5.3; https://gcc.gnu.org/wiki/DebugFissionDWP for version 2.
"""

from __future__ import annotations

import struct

from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.dwarf.sections import Section

_LIMIT = 1 << 24  # units of one package

# Section names by the numbers of version 5, and of version 2 where it differs.
_NAMES_5 = {
    1: ".debug_info",
    3: ".debug_abbrev",
    4: ".debug_line",
    5: ".debug_loclists",
    6: ".debug_str_offsets",
    7: ".debug_macro",
    8: ".debug_rnglists",
}
_NAMES_2 = {
    1: ".debug_info",
    2: ".debug_types",
    3: ".debug_abbrev",
    4: ".debug_line",
    5: ".debug_loc",
    6: ".debug_str_offsets",
    7: ".debug_macinfo",
    8: ".debug_macro",
}

# What one unit has of each section: offset and size in bytes.
Contributions = dict[str, tuple[int, int]]


def read_index(section: Section) -> dict[int, Contributions]:
    """Return, by unit signature (dwo_id or type signature), what the unit has of each section.

    Raises:
        BadData: the index is cut off or of an unknown version.
    """
    if not section.size:
        return {}
    version, columns, units, slots = struct.unpack("<IIII", section.read(0, 16))
    # Version 5 is a half word, with a half word of padding behind it.
    names = {2: _NAMES_2, 5: _NAMES_5}.get(version)
    if names is None:
        raise section.error(f"unknown version {version}", 0)
    if units > _LIMIT or slots > 4 * _LIMIT or columns > len(names):
        raise section.error(f"{units} units in {slots} slots and {columns} columns", 4)
    signatures = struct.unpack(f"<{slots}Q", section.read(16, 8 * slots))
    rows = struct.unpack(f"<{slots}I", section.read(16 + 8 * slots, 4 * slots))
    at = 16 + 12 * slots
    kinds = struct.unpack(f"<{columns}I", section.read(at, 4 * columns))
    at += 4 * columns
    offsets = struct.unpack(f"<{columns * units}I", section.read(at, 4 * columns * units))
    sizes = struct.unpack(f"<{columns * units}I", section.read(at + 4 * columns * units, 4 * columns * units))
    found: dict[int, Contributions] = {}
    for signature, row in zip(signatures, rows, strict=True):
        if not 0 < row <= units:
            continue
        first = (row - 1) * columns
        found[signature] = {
            names[kind]: (offsets[first + column], sizes[first + column])
            for column, kind in enumerate(kinds)
            if kind in names
        }
    return found
