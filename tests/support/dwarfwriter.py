"""A small writer of DWARF: units of any version and width, every form, every byte chosen by the test.

Entries name each other by labels; strings go to their sections by themselves.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

from tests.support.elfwriter import Strings, Writer

from trapline.dwarf import constants as dw
from trapline.dwarf.file import Dwarf
from trapline.elf.image import Image

PADDED = 4  # bytes of a ref_udata, so that a label's place does not depend on its value


class Entry(NamedTuple):
    """One DIE: attributes are (DW_AT, DW_FORM, value) or, for implicit_const, the constant as value."""

    tag: int
    attributes: Sequence[tuple[int, int, Any]] = ()
    children: Sequence[Entry] | None = None
    label: str = ""


def uleb(value: int, size: int = 0) -> bytes:
    """Return an unsigned LEB128, padded to `size` bytes if given."""
    out = bytearray()
    while value >= 0x80 or len(out) + 1 < size:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def sleb(value: int) -> bytes:
    """Return a signed LEB128."""
    out = bytearray()
    while not -0x40 <= value < 0x40:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value & 0x7F)
    return bytes(out)


def block(data: bytes) -> bytes:
    """Return bytes with their number in front."""
    return uleb(len(data)) + data


class DebugInfo:
    """Collects the debug sections of one file; `split` names them as in .dwo files."""

    def __init__(self, *, version: int = 5, offset_size: int = 4, address_size: int = 8, split: bool = False):
        self.version = version
        self.offset_size = offset_size
        self.address_size = address_size
        self.split = split
        self.sections: dict[str, bytes] = {".debug_info": b"", ".debug_abbrev": b""}
        self.strings = Strings()
        self.line_strings = Strings()
        self.labels: dict[str, tuple[int, int]] = {}

    def offset(self, value: int) -> bytes:
        """Return a section offset of this width."""
        return value.to_bytes(self.offset_size, "little")

    def add(self, section: str, data: bytes) -> int:
        """Append to a section and return where the bytes are in it."""
        at = len(self.sections.setdefault(section, b""))
        self.sections[section] += data
        return at

    def length(self, body: bytes) -> bytes:
        """Return bytes with their length in front, as units and tables have it."""
        head = (
            struct.pack("<I", len(body))
            if self.offset_size == 4
            else struct.pack("<IQ", 2**32 - 1, len(body))
        )
        return head + body

    # Units

    def unit(
        self,
        root: Entry,
        *,
        kind: int = dw.DW_UT_compile,
        section: str = ".debug_info",
        signature: int = 0,
        type_label: str = "",
        abbreviations: bytes | None = None,
        abbreviations_at: int | None = None,
    ) -> int:
        """Append a unit and return its offset; its abbreviations come from its entries unless given."""
        codes: dict[tuple[Any, ...], int] = {}
        at = len(self.sections.setdefault(section, b""))
        head = 4 if self.offset_size == 4 else 12
        for _ in range(2):  # the second time, every label is known
            type_offset = self.labels.get(type_label, (at, at))[1] - at
            header = self._header(kind, section, signature, type_offset, abbreviations_at)
            body = self._entry(root, at + head + len(header), at, codes)
        if abbreviations is None:
            abbreviations = b"".join(self._declaration(*key, code) for key, code in codes.items()) + b"\0"
        if abbreviations_at is None:
            self.add(".debug_abbrev", abbreviations)
        return self.add(section, self.length(header + body))

    def _header(self, kind: int, section: str, signature: int, type_offset: int, table: int | None) -> bytes:
        where = self.offset(len(self.sections[".debug_abbrev"]) if table is None else table)
        version = struct.pack("<H", self.version)
        if self.version >= 5:
            head = version + bytes((kind, self.address_size)) + where
            has_signature = kind not in (dw.DW_UT_compile, dw.DW_UT_partial)
        else:
            head = version + where + bytes((self.address_size,))
            has_signature = section == ".debug_types"
        if has_signature:
            head += struct.pack("<Q", signature)
        if section == ".debug_types" or kind in (dw.DW_UT_type, dw.DW_UT_split_type):
            head += self.offset(type_offset)
        return head

    def _declaration(self, tag: int, has_children: bool, attributes: Any, code: int) -> bytes:
        out = uleb(code) + uleb(tag) + bytes((has_children,))
        for attribute, form, constant in attributes:
            out += (
                uleb(attribute) + uleb(form) + (sleb(constant) if form == dw.DW_FORM_implicit_const else b"")
            )
        return out + b"\0\0"

    def _entry(self, entry: Entry, at: int, unit: int, codes: dict[tuple[Any, ...], int]) -> bytes:
        shape = tuple(
            (attribute, form, value if form == dw.DW_FORM_implicit_const else None)
            for attribute, form, value in entry.attributes
        )
        key = entry.tag, entry.children is not None, shape
        code = codes.setdefault(key, len(codes) + 1)
        if entry.label:
            self.labels[entry.label] = unit, at
        out = uleb(code)
        for _, form, value in entry.attributes:
            out += self._value(form, value, at + len(out), unit)
        for child in entry.children or ():
            out += self._entry(child, at + len(out), unit, codes)
        return out if entry.children is None else out + b"\0"

    def _value(self, form: int, value: Any, at: int, unit: int) -> bytes:
        if isinstance(value, bytes) and form not in _BLOCKS and form != dw.DW_FORM_string:
            return value  # bytes that the test made
        if form in _BLOCKS:
            size = _BLOCKS[form]
            return (uleb(len(value)) if size is None else len(value).to_bytes(size, "little")) + value
        if form == dw.DW_FORM_indirect:
            return uleb(value[0]) + self._value(value[0], value[1], at, unit)
        if form == dw.DW_FORM_string:
            return (value if isinstance(value, bytes) else value.encode()) + b"\0"
        if form in (dw.DW_FORM_flag_present, dw.DW_FORM_implicit_const):
            return b""
        if form == dw.DW_FORM_sdata:
            return sleb(value)
        if isinstance(value, str):
            value = self._named(form, value, unit)
        if form == dw.DW_FORM_ref_udata:
            return uleb(value, PADDED)
        size = _SIZES.get(form)
        if form == dw.DW_FORM_addr:
            size = self.address_size
        elif form == dw.DW_FORM_ref_addr:
            size = self.address_size if self.version < 3 else self.offset_size
        elif form in _OFFSETS:
            size = self.offset_size
        return uleb(value) if size is None else (value & (1 << 8 * size) - 1).to_bytes(size, "little")

    def _named(self, form: int, value: str, unit: int) -> int:
        """Return what a string or a label stands for."""
        if form == dw.DW_FORM_strp:
            return self.strings.add(value)
        if form == dw.DW_FORM_line_strp:
            return self.line_strings.add(value)
        place = self.labels.get(value, (unit, unit))[1]
        return place if form in (dw.DW_FORM_ref_addr, dw.DW_FORM_GNU_ref_alt) else place - unit

    # Tables beside the units

    def table(self, section: str, entries: Sequence[int], size: int, *, extra: bytes = b"") -> int:
        """Append a version 5 table of numbers (of strings, addresses) and return where its numbers begin."""
        body = struct.pack("<H", 5) + (extra or b"\0\0")
        body += b"".join(entry.to_bytes(size, "little") for entry in entries)
        at = self.add(section, self.length(body))
        return at + (8 if self.offset_size == 4 else 16)

    def lists(self, section: str, lists: Sequence[bytes]) -> int:
        """Append the lists of a unit, version 5, by index, and return their base."""
        table, at = b"", self.offset_size * len(lists)
        for data in lists:
            table += self.offset(at)
            at += len(data)
        head = struct.pack("<HBBI", 5, self.address_size, 0, len(lists))
        start = self.add(section, self.length(head + table + b"".join(lists)))
        return start + (12 if self.offset_size == 4 else 20)

    def arange(self, unit: int, runs: Sequence[tuple[int, int]]) -> None:
        """Append a set of address ranges, (start, size), for a unit."""
        head = struct.pack("<H", 2) + self.offset(unit) + bytes((self.address_size, 0))
        start = 4 if self.offset_size == 4 else 12
        head += b"\0" * (-(start + len(head)) % (2 * self.address_size))
        pairs = b"".join(
            number.to_bytes(self.address_size, "little") for run in (*runs, (0, 0)) for number in run
        )
        self.add(".debug_aranges", self.length(head + pairs))

    # The file

    def elf(self, *, kind: int = 3) -> bytes:
        """Return an ELF file with the sections."""
        writer = Writer(kind=kind)
        suffix = ".dwo" if self.split else ""
        for name, data in self.sections.items():
            plain = name in (".debug_cu_index", ".debug_tu_index")
            writer.add(name + ("" if plain else suffix), 1, data, flags=0)
        writer.add(".debug_str" + suffix, 1, self.strings.data, flags=0)
        writer.add(".debug_line_str" + suffix, 1, self.line_strings.data, flags=0)
        return writer.bytes()

    def dwarf(self, *, supplementary: Dwarf | None = None, kind: int = 3) -> Dwarf:
        """Return a reader of the file."""
        image = Image.from_bytes(self.elf(kind=kind), "written")
        return Dwarf(image, supplementary=supplementary, split=self.split)


_BLOCKS: dict[int, int | None] = {
    dw.DW_FORM_block: None,
    dw.DW_FORM_exprloc: None,
    dw.DW_FORM_block1: 1,
    dw.DW_FORM_block2: 2,
    dw.DW_FORM_block4: 4,
}
_OFFSETS = (
    dw.DW_FORM_strp,
    dw.DW_FORM_line_strp,
    dw.DW_FORM_sec_offset,
    dw.DW_FORM_strp_sup,
    dw.DW_FORM_GNU_ref_alt,
    dw.DW_FORM_GNU_strp_alt,
)
_SIZES = {
    dw.DW_FORM_data1: 1,
    dw.DW_FORM_data2: 2,
    dw.DW_FORM_data4: 4,
    dw.DW_FORM_data8: 8,
    dw.DW_FORM_data16: 16,
    dw.DW_FORM_flag: 1,
    dw.DW_FORM_ref1: 1,
    dw.DW_FORM_ref2: 2,
    dw.DW_FORM_ref4: 4,
    dw.DW_FORM_ref8: 8,
    dw.DW_FORM_ref_sig8: 8,
    dw.DW_FORM_ref_sup4: 4,
    dw.DW_FORM_ref_sup8: 8,
    dw.DW_FORM_strx1: 1,
    dw.DW_FORM_strx2: 2,
    dw.DW_FORM_strx3: 3,
    dw.DW_FORM_strx4: 4,
    dw.DW_FORM_addrx1: 1,
    dw.DW_FORM_addrx2: 2,
    dw.DW_FORM_addrx3: 3,
    dw.DW_FORM_addrx4: 4,
}
