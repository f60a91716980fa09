"""How DWARF writes numbers and strings into bytes.

These functions raise IndexError or struct.error where the bytes end too soon; the readers that call them
know the file and the section, and turn that into BadData.

Source: DWARF 5 §7.6 (LEB128), §7.5.5 (forms).
"""

from __future__ import annotations

import struct

U16 = struct.Struct("<H").unpack_from
U32 = struct.Struct("<I").unpack_from
U64 = struct.Struct("<Q").unpack_from
I8 = struct.Struct("<b").unpack_from
I16 = struct.Struct("<h").unpack_from
I32 = struct.Struct("<i").unpack_from
I64 = struct.Struct("<q").unpack_from

# Numbers may be padded, but one without end would cost time that grows with the square of its length.
_LEB_BITS = 140


def uleb(buffer: bytes, at: int) -> tuple[int, int]:
    """Return the unsigned LEB128 number at `at`, and where the next byte is."""
    value = buffer[at]
    at += 1
    if value < 0x80:
        return value, at
    value &= 0x7F
    shift = 7
    while True:
        byte = buffer[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > _LEB_BITS:
            raise IndexError("a LEB128 number without end")


def uleb_bytes(value: int) -> bytes:
    """Return an unsigned number as LEB128, as short as it can be."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def sleb(buffer: bytes, at: int) -> tuple[int, int]:
    """Return the signed LEB128 number at `at`, and where the next byte is."""
    value = shift = 0
    while True:
        byte = buffer[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return (value - (1 << shift) if byte & 0x40 else value), at
        if shift > _LEB_BITS:
            raise IndexError("a LEB128 number without end")


def skip_leb(buffer: bytes, at: int) -> int:
    """Return where the byte behind the LEB128 number at `at` is."""
    while buffer[at] >= 0x80:
        at += 1
    return at + 1


def c_string(buffer: bytes, at: int) -> tuple[bytes, int]:
    """Return the bytes before the NUL, and where the byte behind it is; IndexError when there is none."""
    end = buffer.find(b"\0", at)
    if end < 0:
        raise IndexError("no NUL")
    return buffer[at:end], end + 1
