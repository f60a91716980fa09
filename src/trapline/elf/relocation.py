"""What a linker would write into the debug sections of an object file, with every section at address 0.

In an object file, what one debug section says of another (the place of a string, of abbreviations) is in
relocations and not in the section.

Source: gABI, Relocation; x86-64 psABI, Relocation Types.
"""

from __future__ import annotations

import struct

from trapline.base.typing import TYPE_CHECKING
from trapline.elf import image as elf

if TYPE_CHECKING:
    from trapline.elf.image import Image, Section

_RELA = struct.Struct("<QQq")
_SYMBOL = struct.Struct("<IBBHQQ")
# Bytes written by the types that debug sections have: R_X86_64_64, _32, _32S, _DTPOFF64, _DTPOFF32.
_SIZES = {1: 8, 10: 4, 11: 4, 17: 8, 21: 4}


def relocated(image: Image, section: Section) -> bytes:
    """Return an object file's section, unfolded and relocated; what lies outside is left as it is.

    Raises:
        BadData: the section, its relocations or their symbols lie outside the file.
    """
    data = bytearray(image.section_bytes(section))
    for table in image.sections:
        # Sections of one name may be many (COMDAT groups); sh_info says whose relocations they are.
        if table.type != elf.SHT_RELA or max(table.info, table.link) >= len(image.sections):
            continue
        if image.sections[table.info] == section:
            _apply(data, image.section_bytes(table), image.section_bytes(image.sections[table.link]))
            break
    return bytes(data)


def _apply(data: bytearray, relocations: bytes, symbols: bytes) -> None:
    values = [value for _, _, _, _, value, _ in _SYMBOL.iter_unpack(symbols[: len(symbols) // 24 * 24])]
    for place, info, addend in _RELA.iter_unpack(relocations[: len(relocations) // 24 * 24]):
        size = _SIZES.get(info & 0xFFFFFFFF)
        symbol = info >> 32
        if size is not None and symbol < len(values) and place + size <= len(data):
            value = (values[symbol] + addend) & ((1 << 8 * size) - 1)
            data[place : place + size] = value.to_bytes(size, "little")
