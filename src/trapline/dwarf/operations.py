"""The operations of DWARF expressions: how their operands are written.

Source: DWARF 5 §7.7.1; the GNU operations as gcc writes them (gcc's dwarf2.def).
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from trapline.base.errors import BadData
from trapline.dwarf.encoding import I8, I16, I32, I64, U16, U32, U64, sleb, uleb

_BYTE = struct.Struct("<B").unpack_from
_FIXED: dict[str, tuple[int, Callable[..., tuple[int, ...]]]] = {
    "1": (1, _BYTE),
    "2": (2, U16),
    "4": (4, U32),
    "8": (8, U64),
    "b": (1, I8),
    "h": (2, I16),
    "w": (4, I32),
    "q": (8, I64),
}

OPERANDS: dict[int, str] = {
    **dict.fromkeys(range(0x30, 0x70), ""),
    **dict.fromkeys(range(0x70, 0x90), "s"),
    **dict.fromkeys((0x06, *range(0x12, 0x15), *range(0x16, 0x23), *range(0x24, 0x28)), ""),
    **dict.fromkeys((*range(0x29, 0x2F), *range(0x96, 0x98), *range(0x9B, 0x9D), 0x9F, 0xE0, 0xF0), ""),
    0x03: "a", 0x08: "1", 0x09: "b", 0x0A: "2", 0x0B: "h", 0x0C: "4", 0x0D: "w", 0x0E: "8", 0x0F: "q",
    0x10: "u", 0x11: "s", 0x15: "1", 0x23: "u", 0x28: "h", 0x2F: "h",
    0x90: "u", 0x91: "s", 0x92: "us", 0x93: "u", 0x94: "1", 0x95: "1", 0x98: "2", 0x99: "4", 0x9A: "o",
    0x9D: "uu", 0x9E: "B", 0xA0: "os", 0xA1: "u", 0xA2: "u", 0xA3: "B", 0xA4: "uC", 0xA5: "uu", 0xA6: "1u",
    0xA7: "1u", 0xA8: "u", 0xA9: "u",
    0xF2: "os", 0xF3: "B", 0xF4: "uC", 0xF5: "uu", 0xF6: "1u", 0xF7: "u", 0xF9: "u", 0xFA: "4", 0xFB: "u",
    0xFC: "u", 0xFD: "o",
}  # fmt: skip
"""Operation -> its operands: digits are unsigned bytes, b h w q signed ones of 1 2 4 8, u and s LEB128,
a an address, o an offset into .debug_info, B a block with a ULEB length, C one with a byte's.
"""


def decode(code: bytes, at: int, address_size: int, offset_size: int) -> tuple[int, tuple[int, ...], int]:
    """Return the operation at a byte, its operands, and where the next one is.

    A block is given as two operands, its first byte in `code` and its size.

    Raises:
        BadData: it is unknown, or cut off.
    """
    op = code[at]
    kinds = OPERANDS.get(op)
    if not kinds:
        if kinds is None:
            raise BadData(f"unknown DWARF operation {op:#04x} (at byte {at})")
        return op, (), at + 1
    start, at = at, at + 1
    operands: list[int] = []
    try:
        for kind in kinds:
            if kind == "u":
                value, at = uleb(code, at)
            elif kind == "s":
                value, at = sleb(code, at)
            elif kind in "BC":
                size, at = uleb(code, at) if kind == "B" else (code[at], at + 1)
                operands.append(at)
                if at + size > len(code):
                    raise IndexError
                value, at = size, at + size
            else:
                if kind in "ao":
                    kind = str(address_size if kind == "a" else offset_size)
                width, read = _FIXED[kind]
                value = read(code, at)[0]
                at += width
            operands.append(value)
    except (IndexError, struct.error):
        raise BadData(f"DWARF operation {op:#04x} is cut off (at byte {start})") from None
    return op, tuple(operands), at
