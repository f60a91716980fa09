"""Notes: the small typed records of `PT_NOTE` segments and `SHT_NOTE` sections."""

from __future__ import annotations

import struct

from trapline.base.errors import BadData
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NT_GNU_BUILD_ID = 3

_HEADER = struct.Struct("<III")


class Note(NamedTuple):
    """One note: `owner` names who defines what `type` means; `descriptor` is the content.

    Source: gABI, Note Section.
    """

    owner: str
    type: int
    descriptor: bytes


def parse_notes(data: bytes, alignment: int, *, file: str = "", section: str = "") -> Iterator[Note]:
    """Yield the notes in `data`, which starts at a note.

    Args:
        data: the bytes of one note segment or section.
        alignment: its alignment in bytes; 8 pads names and descriptors to 8 bytes, anything else to 4.
        file: the file's name, for errors.
        section: the section's or segment's name, for errors.

    Raises:
        BadData: a note reaches past the end.

    Source: gABI, Note Section; Linux binfmt_elf and glibc take 8 only for `p_align` 8.
    """
    pad = 7 if alignment == 8 else 3
    offset = 0
    while offset + _HEADER.size <= len(data):
        name_size, descriptor_size, kind = _HEADER.unpack_from(data, offset)
        name_start = offset + _HEADER.size
        start = (name_start + name_size + pad) & ~pad
        end = start + descriptor_size
        if name_start + name_size > len(data) or end > len(data):
            raise BadData("a note reaches past the end", file=file, section=section, offset=offset)
        owner = data[name_start : name_start + name_size].rstrip(b"\0")
        yield Note(owner.decode("utf-8", "surrogateescape"), kind, data[start:end])
        offset = (end + pad) & ~pad
