"""Line programs: which instruction came from which line of which file.

A table is two things.  Its header names directories and files, and is cheap: asking whether a table
mentions a file decodes nothing.  Its program is a byte code that unfolds into rows, and is run for one
unit at a time, when somebody asks for that unit.

Source: DWARF 5 §6.2; DWARF 2 to 4 §6.2 for the older headers.
"""

from __future__ import annotations

import posixpath
import struct

from trapline.base.address import ADDRESS_MASK
from trapline.base.errors import BadData
from trapline.base.fact import NamedTuple
from trapline.base.patterns import lazy
from trapline.base.typing import TYPE_CHECKING, TypeAlias
from trapline.dwarf.encoding import U16, U32, U64, skip_leb, sleb, uleb, uleb_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trapline.dwarf.sections import Sections

IS_STMT, BASIC_BLOCK, END_SEQUENCE, PROLOGUE_END, EPILOGUE_BEGIN = 1, 2, 4, 8, 16

Row: TypeAlias = "tuple[int, int, int, int, int, int]"
"""One row: file address, file index, line, column, flags (`IS_STMT`, ...), discriminator.

Line and column count from 1; 0 is for code of no line, or a column that is not known.  A plain tuple,
because a table has up to a million of them.
"""

SECTION = ".debug_line"

_DW_FORM_BLOCK, _DW_FORM_DATA1, _DW_FORM_DATA2, _DW_FORM_DATA4, _DW_FORM_DATA8 = 0x09, 0x0B, 0x05, 0x06, 0x07
_DW_FORM_STRING, _DW_FORM_STRP, _DW_FORM_UDATA, _DW_FORM_DATA16, _DW_FORM_LINE_STRP = (
    0x08, 0x0E, 0x0F, 0x1E, 0x1F,
)  # fmt: skip
_DW_FORM_STRP_SUP = 0x1D
_FIXED_SIZES = {
    _DW_FORM_DATA1: 1,
    _DW_FORM_DATA2: 2,
    _DW_FORM_DATA4: 4,
    _DW_FORM_DATA8: 8,
    _DW_FORM_DATA16: 16,
}
_STRING_SECTIONS = {_DW_FORM_STRP: ".debug_str", _DW_FORM_LINE_STRP: ".debug_line_str"}
_DW_LNCT_PATH, _DW_LNCT_DIRECTORY_INDEX, _DW_LNCT_MD5 = 1, 2, 5

_FIRST_READ = 1024
"""Bytes read at first for a header; most are shorter."""

_ROW_LIMIT = 1 << 21
"""Rows after which a program is taken for an attack; the largest unit seen has a tenth of that."""

_BETWEEN_CHECKS = 1 << 20
"""Bytes of a program, and so rows at most, between two looks at the limit."""

_OFFSET_LIMIT = 1 << 20
"""Places of one file name in the string table, likewise."""

_NAME_LIMIT = 1 << 16

_SET_FILE_HAS_ONE_OPERAND = bytes([0, 1, 1, 1])

_BETWEEN_SEQUENCES = lazy(rb"(?<=\x00\x01\x01)(?=(?:[\x04\x05][\x80-\xff]*[\x00-\x7f]|\x06)*\x00\x09\x02)")
"""DW_LNE_end_sequence before a DW_LNE_set_address, with file, column and is_stmt set between them or not.

Operands look like this only as an address beyond any that a program has, so that no sequence is cut.
"""

_BEGINNING = lazy(rb"(?s)(?:[\x04\x05][\x80-\xff]*[\x00-\x7f]|\x06)*\x00\x09\x02(.{8})")
"""The start of a sequence, with the address that it begins at."""


class FileEntry(NamedTuple):
    """A file of a header: its name as written, the index of its directory, and its MD5 or None."""

    name: str
    directory: int
    md5: bytes | None


_Entry: TypeAlias = "tuple[int, int | bytes, int, bytes | None]"
"""Form and raw value of a name, directory index, MD5: names are looked up when they are asked for."""


class LineProgram:
    """One line number table: the header now, the rows when asked.

    `offset` and `end` are bytes in `.debug_line`, the end exclusive.  File indices are those that rows and
    `DW_AT_decl_file` use: from 0 in version 5, from 1 before.
    """

    __slots__ = (
        "_count",
        "_data",
        "_directories",
        "_entries",
        "_names",
        "_operands",
        "_program",
        "_sections",
        "address_size",
        "default_is_stmt",
        "directory",
        "end",
        "line_base",
        "line_range",
        "maximum_operations",
        "minimum_instruction_length",
        "offset",
        "offset_size",
        "opcode_base",
        "version",
    )

    def __init__(self, sections: Sections, offset: int, directory: str = "") -> None:
        """Read the header.

        Args:
            sections: of the file.
            offset: where the table begins, bytes in `.debug_line` (`DW_AT_stmt_list`).
            directory: the unit's compilation directory, which versions before 5 leave out; "" if unknown.

        Raises:
            BadData: the header reaches past its end, or is of an unknown form.
        """
        self._sections = sections
        self.offset = offset
        self.directory = directory
        self._names: dict[int, str] = {}
        try:
            self._read_header()
        except (IndexError, struct.error):
            raise self._bad("header cut off") from None

    def __repr__(self) -> str:
        return f"<LineProgram at {self.offset:#x} of {self._sections.file!r}, version {self.version}>"

    def _bad(self, what: str, offset: int | None = None) -> BadData:
        return BadData(
            what, file=self._sections.file, section=SECTION, offset=self.offset if offset is None else offset
        )

    # The header

    def _read_header(self) -> None:
        length, self.offset_size, start = _initial_length(self._sections, self.offset)
        self.end = self.offset + start + length
        data = self._data = self._read(self.offset, min(_FIRST_READ, start + length))
        self.version = U16(data, start)[0]
        if not 2 <= self.version <= 5:
            raise self._bad(f"version {self.version}, only 2 to 5 are known")
        at = start + 2
        self.address_size = 8
        if self.version >= 5:
            self.address_size = data[at]
            at += 2
        header_length = (U64 if self.offset_size == 8 else U32)(data, at)[0]
        at += self.offset_size
        self._program = at + header_length
        if self._program > start + length:
            raise self._bad("the header reaches past the end of its table")
        if self._program > len(data):
            data = self._data = self._read(self.offset, self._program)
        self.minimum_instruction_length = data[at]
        at += 1
        self.maximum_operations = 1
        if self.version >= 4:
            self.maximum_operations = data[at] or 1
            at += 1
        self.default_is_stmt = bool(data[at])
        self.line_base = data[at + 1] - 256 if data[at + 1] >= 128 else data[at + 1]
        self.line_range = data[at + 2]
        self.opcode_base = data[at + 3]
        self._operands = data[at + 4 : at + 3 + self.opcode_base]
        at += 4 + max(self.opcode_base - 1, 0)
        # What lies behind the header belongs to the program.
        data = self._data = data[: self._program]
        if self.version >= 5:
            self._directories, at = self._entry_table(at)
            self._entries, at = self._entry_table(at)
        else:
            self._directories, at = self._old_directories(at)
            self._entries, at = self._old_files(at)
        self._count = len(self._entries)

    def _read(self, offset: int, size: int) -> bytes:
        return self._sections.get(SECTION).read(offset, size)

    def _old_directories(self, at: int) -> tuple[list[_Entry], int]:
        data = self._data
        found: list[_Entry] = [(_DW_FORM_STRING, b"", 0, None)]
        while data[at]:
            end = data.find(b"\0", at)
            if end < 0:
                raise IndexError("no NUL")
            found.append((_DW_FORM_STRING, data[at:end], 0, None))
            at = end + 1
        return found, at + 1

    def _old_files(self, at: int) -> tuple[list[_Entry], int]:
        data = self._data
        # Indices begin at 1, so entry 0 is never asked for by a true table.
        found: list[_Entry] = [(_DW_FORM_STRING, b"", 0, None)]
        while data[at]:
            entry, at = self._old_file(data, at)
            found.append(entry)
        return found, at + 1

    @staticmethod
    def _old_file(data: bytes, at: int) -> tuple[_Entry, int]:
        end = data.find(b"\0", at)
        if end < 0:
            raise IndexError("no NUL")
        directory, next_ = uleb(data, end + 1)
        return (_DW_FORM_STRING, data[at:end], directory, None), skip_leb(data, skip_leb(data, next_))

    def _entry_format(self, at: int) -> tuple[list[tuple[int, int]], int]:
        count = self._data[at]
        at += 1
        pairs = []
        for _ in range(count):
            content, at = uleb(self._data, at)
            form, at = uleb(self._data, at)
            pairs.append((content, form))
        return pairs, at

    def _entry_table(self, at: int) -> tuple[list[_Entry], int]:
        """Return the entries of a version 5 directory or file table.

        Source: DWARF 5 §6.2.4.1.
        """
        pairs, at = self._entry_format(at)
        data = self._data
        count, at = uleb(data, at)
        if count and not pairs:
            raise self._bad(f"{count} files or directories without a format")
        quick = self._quick_entries(pairs, at, count)
        if quick is not None:
            return quick
        found: list[_Entry] = []
        for _ in range(count):
            name: tuple[int, int | bytes] = (_DW_FORM_STRING, b"")
            directory = 0
            digest = None
            for content, form in pairs:
                value, at = self._form(form, at)
                if content == _DW_LNCT_PATH:
                    name = (form, value)
                elif content == _DW_LNCT_DIRECTORY_INDEX and isinstance(value, int):
                    directory = value
                elif content == _DW_LNCT_MD5 and isinstance(value, bytes):
                    digest = value
            found.append((*name, directory, digest))
        return found, at

    def _quick_entries(
        self, pairs: list[tuple[int, int]], at: int, count: int
    ) -> tuple[list[_Entry], int] | None:
        """Return the entries where all have one size and a form that compilers write, at C speed."""
        names = [(form, self.offset_size) for content, form in pairs[:1] if content == _DW_LNCT_PATH]
        if names != [(_DW_FORM_LINE_STRP, 4)]:
            return None
        kind = pairs[1:]
        if kind == []:
            shape = struct.Struct("<I")
        elif kind[0] == (_DW_LNCT_DIRECTORY_INDEX, _DW_FORM_UDATA) and kind[1:] in (
            [],
            [(_DW_LNCT_MD5, _DW_FORM_DATA16)],
        ):
            shape = struct.Struct("<IB16s" if kind[1:] else "<IB")
        else:
            return None
        end = at + shape.size * count
        rows = list(shape.iter_unpack(self._data[at:end])) if end <= len(self._data) else []
        if len(rows) != count or (kind and any(row[1] > 0x7F for row in rows)):
            return None  # a directory index of two bytes: entries differ in size
        form = _DW_FORM_LINE_STRP
        if not kind:
            return [(form, row[0], 0, None) for row in rows], end
        if kind[1:]:
            return [(form, row[0], row[1], row[2]) for row in rows], end
        return [(form, row[0], row[1], None) for row in rows], end

    def _form(self, form: int, at: int) -> tuple[int | bytes, int]:
        """Return one value of a version 5 entry, and where the next is.

        Source: DWARF 5 §6.2.4.1, the forms that a content type may have.
        """
        data = self._data
        if form in (_DW_FORM_LINE_STRP, _DW_FORM_STRP, _DW_FORM_STRP_SUP):
            return (U64 if self.offset_size == 8 else U32)(data, at)[0], at + self.offset_size
        if form == _DW_FORM_STRING:
            end = data.find(b"\0", at)
            if end < 0:
                raise IndexError("no NUL")
            return data[at:end], end + 1
        if form == _DW_FORM_UDATA:
            return uleb(data, at)
        size = _FIXED_SIZES.get(form)
        if form == _DW_FORM_BLOCK:
            size, at = uleb(data, at)
        if size is None:
            raise self._bad(f"unknown form {form:#x} in a file table")
        if at + size > len(data):
            raise IndexError("cut off")
        value = data[at : at + size]
        if form in (_DW_FORM_BLOCK, _DW_FORM_DATA16):
            return value, at + size
        return int.from_bytes(value, "little"), at + size

    # Names

    def _name(self, entry: _Entry) -> str:
        form, value, _, _ = entry
        if isinstance(value, bytes):
            raw = value
        else:
            section = _STRING_SECTIONS.get(form)
            if section is None:
                return f"<string {value:#x} of a supplementary file>"
            raw = self._sections.get(section).c_string(value)
        # Paths are opened later, so bytes that are no UTF-8 must come back as they are.
        return raw[:_NAME_LIMIT].decode("utf-8", "surrogateescape")

    def __len__(self) -> int:
        """Return how many file indices there are, index 0 included."""
        return len(self._entries)

    @property
    def files(self) -> list[FileEntry]:
        """The files by index."""
        return [FileEntry(self._name(entry), entry[2], entry[3]) for entry in self._entries]

    @property
    def directories(self) -> list[str]:
        """The directories by index; 0 is the compilation directory."""
        found = [self._name(entry) for entry in self._directories]
        if self.version < 5 and found:
            found[0] = self.directory
        return found

    def name(self, index: int) -> str:
        """Return the name of a file as the table spells it, "" for an index that it has not.

        Raises:
            BadData: the string lies outside its section.
        """
        return self._name(self._entries[index]) if 0 <= index < len(self._entries) else ""

    def path(self, index: int) -> str:
        """Return the path of a file: its directory and the compilation directory joined before it.

        "" for an index that the table has not.  Nothing is normalized: `/build/../src/a.c` stays so.

        Raises:
            BadData: a string lies outside its section.
        """
        known = self._names.get(index)
        if known is None:
            known = self._names[index] = self._path(index)
        return known

    def _path(self, index: int) -> str:
        if not 0 <= index < len(self._entries) or (index == 0 and self.version < 5):
            return ""
        name = self._below(self._entries[index])
        base = self.directory
        if self.version >= 5 and self._directories:
            first = self._name(self._directories[0])
            # The first directory is the compilation directory once more, also where both are relative.
            base = base if first == base else posixpath.join(base, first)
        return posixpath.join(base, name)

    def _below(self, entry: _Entry) -> str:
        """Return the name of a file with its directory, but for the compilation directory."""
        name, directory = self._name(entry), entry[2]
        if 0 < directory < len(self._directories):
            name = posixpath.join(self._name(self._directories[directory]), name)
        return name

    def spelled(self, index: int) -> str:
        """Return the path of a file as the table spells it, the compilation directory only where it does."""
        if not 0 <= index < len(self._entries):
            return ""
        entry = self._entries[index]
        if self.version >= 5 and not entry[2] and self._directories:
            return posixpath.join(self._name(self._directories[0]), self._name(entry))
        return self._below(entry)

    def indices(self, offsets: frozenset[int], ending: bytes) -> list[int]:
        """Return the files whose name is one of the strings at `offsets`, or ends with `ending`.

        Args:
            offsets: bytes in `.debug_line_str`, for names that lie there (see `string_offsets`).
            ending: for names that are written out or lie elsewhere.
        """
        found = []
        for index, (form, value, _, _) in enumerate(self._entries):
            if form == _DW_FORM_LINE_STRP:
                if value in offsets:
                    found.append(index)
            elif isinstance(value, bytes):
                if value.endswith(ending):
                    found.append(index)
            elif self._name(self._entries[index]).encode("utf-8", "surrogateescape").endswith(ending):
                found.append(index)
        return found

    # The program

    def rows(self, only: frozenset[int] | None = None, begun: set[bytes] | None = None) -> list[Row]:
        """Run the program and return its rows, those that end a sequence included, in its order.

        Args:
            only: file indices; sequences that mention none of them may be left out.
            begun: where sequences of other tables begin that were asked for the same file, as the tables
                have it; those that begin there may be left out, and this table's are added.

        Raises:
            BadData: an instruction reaches past the end, or there are rows beyond reason.
        """
        data = self._read(self.offset + self._program, self.end - self.offset - self._program)
        if only is not None:
            data = self._mentioning(data, only, begun)
        try:
            return self._run(data)
        except (IndexError, struct.error):
            raise self._bad("line program cut off in an instruction") from None

    def _mentioning(self, data: bytes, files: frozenset[int], begun: set[bytes] | None) -> bytes:
        """Return the sequences of a program that set one of some files, without running any.

        Unoptimized C++ has a sequence for each function, most of which have nothing of a header.  A function
        of a header is in the table of every unit that uses it, and the linker kept one: each of those
        tables says the same of it.
        """
        if 1 in files or self._operands[:4] != _SET_FILE_HAS_ONE_OPERAND:
            return data  # file 1 is set by nothing: every sequence begins with it
        import re

        marks = re.compile(b"|".join(re.escape(b"\x04" + uleb_bytes(file)) for file in sorted(files)))
        found = [sequence for sequence in _BETWEEN_SEQUENCES.split(data) if marks.search(sequence)]
        if begun is not None:
            starts = [_BEGINNING.match(sequence) for sequence in found]
            places = [start[1] if start is not None else b"" for start in starts]
            found = [one for one, place in zip(found, places, strict=True) if not place or place not in begun]
            begun.update(places)
        return b"".join(found)

    def _special(self) -> list[tuple[int, int]]:
        """Return what every special opcode adds: operations, lines.

        Source: DWARF 5 §6.2.5.1.
        """
        base, span = self.opcode_base, self.line_range or 1  # a range of 0 has no special opcodes
        return [(0, 0)] * base + [
            ((opcode - base) // span, self.line_base + (opcode - base) % span) for opcode in range(base, 256)
        ]

    def _run(self, data: bytes) -> list[Row]:
        """Run the program: one flat loop over the opcodes, the commonest first, for speed."""
        del self._entries[self._count :]  # those that an earlier run defined
        rows: list[Row] = []
        emit = rows.append
        unit = self.minimum_instruction_length
        operations = self.maximum_operations
        base = self.opcode_base
        default = IS_STMT if self.default_is_stmt else 0
        steps = self._special()
        special = [(operation * unit, delta) for operation, delta in steps]
        constant = steps[255][0]
        operands = self._operands
        address = column = discriminator = op_index = 0
        file = line = 1
        flags = statement = default
        at, end, pause = 0, len(data), 0
        while at < end:
            if at >= pause:
                if len(rows) > _ROW_LIMIT:
                    raise self._bad(f"a line program of more than {_ROW_LIMIT} rows")
                pause = at + _BETWEEN_CHECKS
            opcode = data[at]
            at += 1
            if opcode >= base:
                if operations == 1:
                    step, delta = special[opcode]
                    address += step
                else:
                    operation, delta = steps[opcode]
                    address += (op_index + operation) // operations * unit
                    op_index = (op_index + operation) % operations
                line += delta
                if not op_index:
                    emit((address, file, line, column, flags, discriminator))
                flags = statement
                discriminator = 0
            elif opcode == 5:  # DW_LNS_set_column
                column = data[at]
                at += 1
                if column >= 0x80:
                    column, at = uleb(data, at - 1)
            elif opcode == 3:  # DW_LNS_advance_line
                delta = data[at]
                at += 1
                if delta < 0x40:
                    line += delta
                elif delta < 0x80:
                    line += delta - 0x80
                else:
                    delta, at = sleb(data, at - 1)
                    line = line + delta & 0xFFFF_FFFF
            elif opcode == 1:  # DW_LNS_copy
                if not op_index:
                    emit((address, file, line, column, flags, discriminator))
                flags = statement
                discriminator = 0
            elif opcode == 6:  # DW_LNS_negate_stmt
                statement ^= IS_STMT
                flags ^= IS_STMT
            elif opcode == 0:  # an extended opcode
                size, at = uleb(data, at)
                after = at + size
                if after > end:
                    raise IndexError("extended opcode cut off")
                kind = data[at] if size else 0
                if kind == 1:  # DW_LNE_end_sequence
                    emit((address, file, line, column, flags | END_SEQUENCE, discriminator))
                    address = column = discriminator = op_index = 0
                    file = line = 1
                    flags = statement = default
                elif kind == 2:  # DW_LNE_set_address
                    address = int.from_bytes(data[at + 1 : min(after, at + 9)], "little")
                    op_index = 0
                elif kind == 4:  # DW_LNE_set_discriminator
                    discriminator, _ = uleb(data, at + 1)
                elif kind == 3:  # DW_LNE_define_file
                    entry, _ = self._old_file(data[:after], at + 1)
                    self._entries.append(entry)
                at = after
            elif opcode == 4:  # DW_LNS_set_file
                file, at = uleb(data, at)
            elif opcode == 2:  # DW_LNS_advance_pc
                operation, at = uleb(data, at)
                address = address + (op_index + operation) // operations * unit & ADDRESS_MASK
                op_index = (op_index + operation) % operations
            elif opcode == 8:  # DW_LNS_const_add_pc
                address += (op_index + constant) // operations * unit
                op_index = (op_index + constant) % operations
            elif opcode == 9:  # DW_LNS_fixed_advance_pc
                address += U16(data, at)[0]
                op_index = 0
                at += 2
            elif opcode == 10:  # DW_LNS_set_prologue_end
                flags |= PROLOGUE_END
            elif opcode == 11:  # DW_LNS_set_epilogue_begin
                flags |= EPILOGUE_BEGIN
            elif opcode == 7:  # DW_LNS_set_basic_block
                flags |= BASIC_BLOCK
            else:  # DW_LNS_set_isa, or one that a later version may define: its operands are skipped
                for _ in range(operands[opcode - 1]):
                    at = skip_leb(data, at)
        if rows and not rows[-1][4] & END_SEQUENCE:
            # The last sequence has no end: it ends where the program does.
            emit((address, file, line, column, flags | END_SEQUENCE, discriminator))
        return rows


def _initial_length(sections: Sections, offset: int) -> tuple[int, int, int]:
    """Return the length of a table, the size of its offsets, and how many bytes said so.

    Raises:
        BadData: the table reaches past the end of the section.

    Source: DWARF 5 §7.4.
    """
    section = sections.get(SECTION)
    room = section.size - offset
    if offset < 0 or room < 4:
        raise BadData("no line number table here", file=sections.file, section=SECTION, offset=offset)
    start = section.read(offset, min(12, room))
    length, size, at = U32(start, 0)[0], 4, 4
    if length == 0xFFFF_FFFF and len(start) == 12:
        length, size, at = U64(start, 4)[0], 8, 12
    elif length >= 0xFFFF_FFF0:
        raise BadData(f"length {length:#x} is reserved", file=sections.file, section=SECTION, offset=offset)
    if length > room - at:
        raise BadData(
            f"a table of {length} bytes where {room - at} are left",
            file=sections.file,
            section=SECTION,
            offset=offset,
        )
    return length, size, at


def table_offsets(sections: Sections) -> Iterator[int]:
    """Yield where the tables of a file begin, bytes in `.debug_line`, reading four bytes of each.

    Ends where the chain of lengths breaks.
    """
    offset, size = 0, sections.get(SECTION).size
    while offset < size:
        try:
            length, _, at = _initial_length(sections, offset)
        except BadData:
            return
        if length:
            yield offset
        offset += at + length


def string_offsets(sections: Sections, name: bytes) -> frozenset[int]:
    """Return every offset in `.debug_line_str` that reads as a path whose last component is `name`.

    The linker stores a string inside a longer one that ends with it, so `c.h` may point into `/a/b/c.h`.
    """
    section = sections.get(".debug_line_str")
    found: set[int] = set()
    needle = name + b"\0"
    for at in section.find(needle):
        found.add(at)
        before = section.read(max(0, at - 4096), min(at, 4096))
        if before.endswith(b"/"):
            found.update(range(at - (len(before) - 1 - before.rfind(b"\0")), at))
        if len(found) > _OFFSET_LIMIT:
            raise BadData(
                "one string over and over", file=sections.file, section=".debug_line_str", offset=at
            )
    return frozenset(found)
