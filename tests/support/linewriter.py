"""Line number tables written by hand, every byte of them chosen by the test."""

from __future__ import annotations

import struct

from tests.support.elfwriter import Writer

from trapline.dwarf.sections import Sections
from trapline.elf.image import Image

OPERANDS = bytes([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1])
"""Operand counts of the twelve standard opcodes.  Source: DWARF 5 §6.2.5.2."""


def uleb(value: int) -> bytes:
    out = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        out.append(byte | (0x80 if value else 0))
        if not value:
            return bytes(out)


def sleb(value: int) -> bytes:
    out = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        done = (value == 0 and not byte & 0x40) or (value == -1 and byte & 0x40)
        out.append(byte | (0 if done else 0x80))
        if done:
            return bytes(out)


# One function an opcode, named as the standard names it.


def extended(kind: int, data: bytes = b"") -> bytes:
    return b"\0" + uleb(1 + len(data)) + bytes([kind]) + data


def end_sequence() -> bytes:
    return extended(1)


def set_address(address: int) -> bytes:
    return extended(2, struct.pack("<Q", address))


def define_file(name: str, directory: int = 0) -> bytes:
    return extended(3, name.encode() + b"\0" + uleb(directory) + b"\0\0")


def set_discriminator(value: int) -> bytes:
    return extended(4, uleb(value))


copy = b"\1"
negate_stmt = b"\6"
set_basic_block = b"\7"
const_add_pc = b"\x08"
set_prologue_end = b"\x0a"
set_epilogue_begin = b"\x0b"


def advance_pc(operations: int) -> bytes:
    return b"\2" + uleb(operations)


def advance_line(lines: int) -> bytes:
    return b"\3" + sleb(lines)


def set_file(index: int) -> bytes:
    return b"\4" + uleb(index)


def set_column(column: int) -> bytes:
    return b"\5" + uleb(column)


def fixed_advance_pc(size: int) -> bytes:
    return b"\x09" + struct.pack("<H", size)


def set_isa(value: int) -> bytes:
    return b"\x0c" + uleb(value)


def row(address: int, line: int, *, file: int = 1, stmt: bool = True, before: bytes = b"") -> tuple:
    """A row for `program`."""
    return address, line, file, stmt, before


def program(*sequences: list[tuple], end: int) -> bytes:
    """Return a program that gives these rows; each sequence ends at `end` or where the next one says."""
    out = b""
    for rows in sequences:
        out += set_address(rows[0][0])
        address, line, file, is_stmt = rows[0][0], 1, 1, True
        for row_address, row_line, row_file, row_stmt, before in rows:
            if row_file != file:
                out += set_file(row_file)
            if row_stmt != is_stmt:
                out += negate_stmt
            out += advance_pc(row_address - address) + advance_line(row_line - line) + before + copy
            address, line, file, is_stmt = row_address, row_line, row_file, row_stmt
        out += advance_pc(end - address) + end_sequence()
    return out


class Table:
    """One line number table; change a field to make it a lie, then ask for `bytes()`."""

    def __init__(
        self,
        version: int,
        code: bytes,
        *,
        directories: tuple[str, ...] = ("/src", "include"),
        files: tuple[tuple[str, int], ...] = (("a.c", 0), ("b.h", 1)),
        offset_size: int = 4,
        minimum: int = 1,
        operations: int = 1,
        default_is_stmt: int = 1,
        line_base: int = -5,
        line_range: int = 14,
        opcode_base: int = 13,
        operands: bytes = OPERANDS,
        form: int = 0x08,
        digest: bool = False,
    ) -> None:
        """`directories` begin with the compilation directory, which versions before 5 leave out."""
        self.version = version
        self.code = code
        self.directories = directories
        self.files = files
        self.offset_size = offset_size
        self.minimum = minimum
        self.operations = operations
        self.default_is_stmt = default_is_stmt
        self.line_base = line_base
        self.line_range = line_range
        self.opcode_base = opcode_base
        self.operands = operands
        self.form = form
        self.digest = digest
        self.strings = b"\0"

    def _string(self, text: str) -> bytes:
        raw = text.encode("utf-8", "surrogateescape") + b"\0"
        if self.form == 0x08:
            return raw
        at = self.strings.find(raw)  # as a linker does: in the tail of another
        if at < 0:
            at = len(self.strings)
            self.strings += raw
        return at.to_bytes(self.offset_size, "little")

    def _tables(self) -> bytes:
        if self.version < 5:
            names = b"".join(name.encode() + b"\0" for name in self.directories[1:])
            files = b"".join(name.encode() + b"\0" + uleb(index) + b"\0\0" for name, index in self.files)
            return names + b"\0" + files + b"\0"
        out = b"\1" + uleb(1) + uleb(self.form) + uleb(len(self.directories))
        out += b"".join(self._string(name) for name in self.directories)
        kinds = [(1, self.form), (2, 0x0F)] + ([(5, 0x1E)] if self.digest else [])
        out += bytes([len(kinds)]) + b"".join(uleb(a) + uleb(b) for a, b in kinds)
        # As gcc and clang do, the main file stands first and again at index 1, where older readers look.
        files = (self.files[0], *self.files)
        out += uleb(len(files))
        for name, index in files:
            out += self._string(name) + uleb(index) + (b"\xab" * 16 if self.digest else b"")
        return out

    def bytes(self) -> bytes:
        head = bytes([self.minimum])
        if self.version >= 4:
            head += bytes([self.operations])
        head += struct.pack("<BbBB", self.default_is_stmt, self.line_base, self.line_range, self.opcode_base)
        head += self.operands + self._tables()
        start = struct.pack("<H", self.version) + (b"\x08\0" if self.version >= 5 else b"")
        start += len(head).to_bytes(self.offset_size, "little")
        body = start + head + self.code
        length = struct.pack("<I", len(body))
        if self.offset_size == 8:
            length = b"\xff\xff\xff\xff" + struct.pack("<Q", len(body))
        return length + body


def sections(*tables: Table | bytes, strings: bytes | None = None) -> Sections:
    """Return the sections of a file that has these tables one behind the other."""
    writer = Writer()
    raw = b"".join(table if isinstance(table, bytes) else table.bytes() for table in tables)
    writer.add(".debug_line", 1, raw, flags=0, align=1)
    if strings is None:
        strings = next((table.strings for table in tables if isinstance(table, Table)), b"\0")
    writer.add(".debug_line_str", 1, strings, flags=0, align=1)
    return Sections(Image.from_bytes(writer.bytes(), "made.o"))
