"""Call-frame information: at any code address, the rules that find the caller.

`.eh_frame` is searched through `.eh_frame_hdr`'s sorted table with a handful of small reads; where there
is no such table, and for `.debug_frame`, the entries are listed once.  A file without section headers is
read by its PT_GNU_EH_FRAME segment.

Source: DWARF 5 §6.4; LSB Core 5.0 §10.6 (.eh_frame and .eh_frame_hdr), §10.5 (pointer encodings).
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator

from trapline.base.address import ADDRESS_MASK, FileAddress
from trapline.base.errors import BadData
from trapline.dwarf.encoding import I16, I32, I64, U16, U32, U64, c_string, sleb, uleb
from trapline.dwarf.rows import Program, Row, row_at, rows
from trapline.elf.image import PT_GNU_EH_FRAME, SHT_NOBITS, Image

OMIT = 0xFF
_ABSOLUTE, _PCREL, _TEXTREL, _DATAREL, _FUNCREL, _ALIGNED = 0x00, 0x10, 0x20, 0x30, 0x40, 0x50
_INDIRECT = 0x80
_FIRST_READ = 320
"""Bytes fetched at an entry before its length is known: nearly all are shorter."""
_LARGEST = 1 << 20
"""Bytes of one entry; real ones have hundreds, the largest seen some tens of thousands."""
_ROWS_KEPT = 1 << 15

_FIXED: dict[int, tuple[int, Callable[..., tuple[int, ...]]]] = {
    0x00: (8, U64),
    0x02: (2, U16),
    0x03: (4, U32),
    0x04: (8, U64),
    0x08: (8, I64),
    0x0A: (2, I16),
    0x0B: (4, I32),
    0x0C: (8, I64),
}
"""Pointer format -> its bytes and reader.  Source: LSB Core table 10-5, DW_EH_PE_*."""


class Cie:
    """What several functions share: alignment factors, encodings, the instructions that begin each."""

    __slots__ = (
        "address_size",
        "code_align",
        "data_align",
        "instructions",
        "is_signal_frame",
        "pointer_encoding",
        "return_register",
        "segment_size",
        "sized",
    )

    def __init__(self) -> None:
        self.address_size = 8
        self.segment_size = 0
        self.code_align = 1
        self.data_align = 1
        self.return_register = 0
        self.pointer_encoding = _ABSOLUTE
        self.is_signal_frame = False
        self.sized = False
        self.instructions = b""


class _Bytes:
    """A section's bytes by offset: `address` is the file address of offset 0, `size` their number."""

    __slots__ = ("_image", "_offset", "_whole", "address", "name", "size")

    def __init__(
        self, image: Image, name: str, address: int, offset: int, size: int, whole: bytes | None = None
    ) -> None:
        self._image = image
        self._offset = offset
        self._whole = whole
        self.name = name
        self.address = address
        self.size = size

    def read(self, offset: int, size: int) -> bytes:
        """Return up to `size` bytes, fewer at the section's end."""
        size = min(size, self.size - offset)
        if offset < 0 or size <= 0:
            return b""
        if self._whole is not None:
            return self._whole[offset : offset + size]
        return self._image.bytes_at(self._offset + offset, size, self.name)

    def bad(self, what: str, offset: int) -> BadData:
        """Return the error for an offset."""
        return BadData(what, file=self._image.name, section=self.name, offset=offset)


class _Table:
    """One section of entries, `.eh_frame` or `.debug_frame`."""

    __slots__ = ("_bases", "_cies", "_image", "_listed", "bytes", "is_eh", "problem")

    def __init__(self, image: Image, data: _Bytes, is_eh: bool) -> None:
        self._image = image
        self.bytes = data
        self.is_eh = is_eh
        self._cies: dict[int, Cie] = {}
        self._bases: dict[int, int] | None = None
        self._listed: tuple[array[int], array[int]] | None = None
        self.problem: str | None = None

    # -- entries -----------------------------------------------------------------------------------

    def _entry(self, offset: int) -> tuple[bytes, int, int, int]:
        """Return an entry's bytes, where its id field is in them, that field's size, and the next entry."""
        data = self.bytes.read(offset, _FIRST_READ)
        if len(data) < 4:
            raise self.bytes.bad("an entry is cut off", offset)
        length, at, width = U32(data)[0], 4, 4
        if length == 0xFFFFFFFF:
            if len(data) < 12:
                raise self.bytes.bad("an entry is cut off", offset)
            length, at = U64(data, 4)[0], 12
            # .eh_frame keeps a 4-byte id even then: gcc, gas and ld agree on that, against the LSB.
            width = 4 if self.is_eh else 8
        if length > self.bytes.size - offset - at:
            raise self.bytes.bad(f"an entry of {length} bytes reaches past the section's end", offset)
        if length > _LARGEST:
            raise self.bytes.bad(f"an entry of {length} bytes", offset)
        if 0 < length < width:
            raise self.bytes.bad(f"an entry of {length} bytes", offset)
        end = at + length
        if end > len(data):
            data = self.bytes.read(offset, end)
        return data[:end], at, width, offset + end

    def _cie_offset(self, data: bytes, at: int, width: int, offset: int) -> int | None:
        """Return where the CIE of an FDE is; None when the entry is a CIE itself."""
        identity: int = (U32 if width == 4 else U64)(data, at)[0]
        if self.is_eh:
            return offset + at - identity if identity else None
        return None if identity == (1 << 8 * width) - 1 else identity

    def entries(self) -> Iterator[tuple[int, bytes, int, int, int]]:
        """Yield every FDE as (offset, bytes, where its id is, id's size, its CIE's offset)."""
        offset = 0
        while offset < self.bytes.size:
            data, at, width, after = self._entry(offset)
            if len(data) == at:  # the terminator; a linker may leave one between two inputs
                offset = after
                continue
            cie = self._cie_offset(data, at, width, offset)
            if cie is not None:
                yield offset, data, at, width, cie
            offset = after

    def cie(self, offset: int) -> Cie:
        """Return the CIE at an offset."""
        found = self._cies.get(offset)
        if found is None:
            if not 0 <= offset < self.bytes.size:
                raise self.bytes.bad("an FDE names a CIE outside the section", offset)
            data, at, width, _ = self._entry(offset)
            if len(data) == at or self._cie_offset(data, at, width, offset) is not None:
                raise self.bytes.bad("an FDE names a CIE that is none", offset)
            try:
                found = self._parse_cie(data, at + width, offset)
            except (IndexError, struct.error):
                raise self.bytes.bad("a CIE is cut off", offset) from None
            self._cies[offset] = found
        return found

    def _parse_cie(self, data: bytes, at: int, offset: int) -> Cie:
        cie = Cie()
        version = data[at]
        if version not in (1, 3, 4):
            raise self.bytes.bad(f"a CIE of version {version}", offset)
        augmentation, at = c_string(data, at + 1)
        if augmentation.startswith(b"eh"):  # gcc 2: a pointer to exception data follows
            at += 8
            augmentation = augmentation[2:]
        if version == 4:
            cie.address_size, cie.segment_size = data[at], data[at + 1]
            at += 2
            if cie.address_size not in (2, 4, 8) or cie.segment_size > 8:
                raise self.bytes.bad(f"addresses of {cie.address_size} bytes", offset)
        cie.code_align, at = uleb(data, at)
        cie.data_align, at = sleb(data, at)
        if version == 1:
            cie.return_register = data[at]
            at += 1
        else:
            cie.return_register, at = uleb(data, at)
        if augmentation:
            at = self._parse_augmentation(cie, augmentation, data, at, offset)
        cie.instructions = data[at:]
        return cie

    def _parse_augmentation(self, cie: Cie, augmentation: bytes, data: bytes, at: int, offset: int) -> int:
        if not augmentation.startswith(b"z"):
            raise self.bytes.bad(f"unknown augmentation {augmentation!r}", offset)
        cie.sized = True
        size, at = uleb(data, at)
        end = at + size
        if end > len(data):
            raise self.bytes.bad("a CIE's augmentation is cut off", offset)
        for letter in augmentation[1:].decode("latin-1"):
            if letter == "R":
                cie.pointer_encoding = data[at]
                at += 1
            elif letter == "P":
                encoding = data[at]
                at = self._pointer(data, at + 1, encoding & ~_INDIRECT, offset)[1]
            elif letter == "L":
                at += 1
            elif letter == "S":
                cie.is_signal_frame = True
            elif letter not in "BG":  # pointer signing and memory tags, both without data
                break  # unknown ones may have any size: what follows is skipped by the size of all
        return end

    # -- pointers ----------------------------------------------------------------------------------

    def _pointer(
        self, data: bytes, at: int, encoding: int, offset: int, function: int = 0
    ) -> tuple[int, int]:
        """Return an encoded pointer as a file address, and what follows it.

        `offset` is where `data` is in the section, `function` the start of the FDE's code.
        """
        if encoding == OMIT:
            return 0, at
        start = self.bytes.address + offset + at
        form, application = encoding & 0x0F, encoding & 0x70
        if application == _ALIGNED:
            at += -start & 7
            value: int = U64(data, at)[0]
            return value, at + 8
        if form in _FIXED:
            size, read = _FIXED[form]
            value = read(data, at)[0]
            at += size
        elif form == 1:
            value, at = uleb(data, at)
        elif form == 9:
            value, at = sleb(data, at)
        else:
            raise self.bytes.bad(f"unknown pointer encoding {encoding:#04x}", offset)
        if value:  # a null pointer is not relative to anything
            value += self._base(application, start, function, offset)
        value &= ADDRESS_MASK
        if encoding & _INDIRECT:
            value = U64(self._image.read(FileAddress(value), 8))[0]
        return value, at

    def _base(self, application: int, start: int, function: int, offset: int) -> int:
        if application == _PCREL:
            return start
        if application == _ABSOLUTE:
            return 0
        if application == _FUNCREL:
            return function
        if self._bases is None:
            self._bases = _section_bases(self._image)
        try:
            return self._bases[application]
        except KeyError:
            raise self.bytes.bad(f"unknown pointer application {application:#04x}", offset) from None

    # -- functions ---------------------------------------------------------------------------------

    def _range(self, data: bytes, at: int, cie: Cie, offset: int) -> tuple[int, int, int]:
        """Return an FDE's first file address, the end of its code (exclusive), and what follows both."""
        if self.is_eh:
            start, at = self._pointer(data, at, cie.pointer_encoding, offset)
            size, at = self._pointer(data, at, cie.pointer_encoding & 0x0F, offset)
            return start, start + size, at
        at += cie.segment_size
        width = cie.address_size
        start = int.from_bytes(data[at : at + width], "little")
        size = int.from_bytes(data[at + width : at + 2 * width], "little")
        at += 2 * width
        if at > len(data):
            raise IndexError
        return start, start + size, at

    def program(self, offset: int) -> Program:
        """Return the instructions of the FDE at an offset."""
        data, at, width, _ = self._entry(offset)
        cie_at = self._cie_offset(data, at, width, offset) if len(data) > at else None
        if cie_at is None:
            raise self.bytes.bad("no FDE where the table says there is one", offset)
        try:
            return self._program(offset, data, at + width, self.cie(cie_at))
        except (IndexError, struct.error):
            raise self.bytes.bad("an FDE is cut off", offset) from None

    def _program(self, offset: int, data: bytes, at: int, cie: Cie) -> Program:
        start, end, at = self._range(data, at, cie, offset)
        if cie.sized:
            size, at = uleb(data, at)
            at += size
            if at > len(data):
                raise IndexError
        body = at

        def pointer(code: bytes, at: int) -> tuple[int, int]:
            if not self.is_eh:
                width = cie.address_size
                if at + width > len(code):
                    raise IndexError
                return int.from_bytes(code[at : at + width], "little"), at + width
            value, after = self._pointer(data, body + at, cie.pointer_encoding, offset, start)
            return value, after - body

        return Program(
            start,
            end,
            cie.instructions,
            data[body:],
            cie.code_align,
            cie.data_align,
            cie.return_register,
            cie.is_signal_frame,
            pointer,
        )

    def find_listed(self, address: int) -> Program | None:
        """Return the function that holds a file address, from the list of all."""
        if self._listed is None:
            self._listed = self._list()
        starts, offsets = self._listed
        index = bisect_right(starts, address) - 1
        if index < 0:
            return None
        program = self.program(offsets[index])
        return program if program.start <= address < program.end else None

    def _list(self) -> tuple[array[int], array[int]]:
        """Return the first addresses of all FDEs in order, and where each FDE is.

        An entry that is broken ends the list: without its length the next one cannot be found.
        """
        found: list[tuple[int, int]] = []
        try:
            for offset, data, at, width, cie_at in self.entries():
                try:
                    start, end, _ = self._range(data, at + width, self.cie(cie_at), offset)
                except (IndexError, struct.error):
                    self.problem = str(self.bytes.bad("an FDE is cut off", offset))
                    continue
                except BadData as error:
                    self.problem = str(error)
                    continue
                # Functions that the linker dropped are left at 0, or at all ones.
                if start < end <= ADDRESS_MASK and start:
                    found.append((start, offset))
        except BadData as error:
            self.problem = str(error)
        found.sort()
        return array("Q", (start for start, _ in found)), array("Q", (offset for _, offset in found))


class _Header:
    """`.eh_frame_hdr`: a table from first address to FDE, sorted."""

    __slots__ = ("_address", "_bytes", "_count", "_format", "_table", "frames", "usable")

    def __init__(self, image: Image, data: _Bytes) -> None:
        self._bytes = data
        self._address = data.address
        head = data.read(0, 64)
        table = _Table(image, data, True)
        if len(head) < 4 or head[0] != 1:
            raise data.bad("not version 1", 0)
        try:
            frames, at = self._value(table, head, 4, head[1])
            count, at = self._value(table, head, at, head[2])
        except (IndexError, struct.error):
            raise data.bad("cut off", 0) from None
        self.frames: int | None = frames if head[1] != OMIT else None
        """File address of `.eh_frame`."""
        form, application = head[3] & 0x0F, head[3] & 0xF0
        known = form in _FIXED and application in (_ABSOLUTE, _PCREL, _DATAREL)
        self.usable = known and head[2] != OMIT and head[3] != OMIT
        self._table = at
        self._count = 0
        self._format: tuple[int, Callable[..., tuple[int, ...]], int] = (4, I32, _DATAREL)
        if self.usable:
            size, read = _FIXED[form]
            self._format = size, read, application
            self._count = min(count, max(0, data.size - at) // (2 * size))

    def _value(self, table: _Table, head: bytes, at: int, encoding: int) -> tuple[int, int]:
        if encoding & 0x70 == _DATAREL:  # relative to the header itself, here
            value, at = table._pointer(head, at, encoding & 0x0F, 0)
            return value + self._address & ADDRESS_MASK, at
        return table._pointer(head, at, encoding, 0)

    def _field(self, data: bytes, at: int, offset: int) -> int:
        _, read, application = self._format
        value: int = read(data, at)[0]
        if application == _DATAREL:
            value += self._address
        elif application == _PCREL:
            value += self._address + offset + at
        return value & ADDRESS_MASK

    def find(self, address: int) -> int | None:
        """Return the file address of the last FDE whose code begins at or before `address`."""
        size = self._format[0]
        low, high = 0, self._count
        # Halve by single entries until what is left is one small read.
        while high - low > 128:
            middle = (low + high) // 2
            offset = self._table + 2 * size * middle
            if self._field(self._bytes.read(offset, size), 0, offset) <= address:
                low = middle
            else:
                high = middle
        offset = self._table + 2 * size * low
        data = self._bytes.read(offset, 2 * size * (high - low))
        best = None
        left, right = 0, len(data) // (2 * size)
        while left < right:
            middle = (left + right) // 2
            if self._field(data, 2 * size * middle, offset) <= address:
                best, left = middle, middle + 1
            else:
                right = middle
        return None if best is None else self._field(data, 2 * size * best + size, offset)


class CallFrameInfo:
    """The unwinding rules of one file, at file addresses; nothing is read before it is asked for."""

    __slots__ = ("_debug", "_eh", "_find_separate", "_header", "_image", "_opened", "_problem", "_rows")

    def __init__(self, image: Image, find_separate: Callable[[], Image | None] | None = None) -> None:
        """Read nothing yet.

        Args:
            image: the file.
            find_separate: gives the file that its debug information was moved to, and `.debug_frame` with
                it; asked once, for code that the file itself has no rules for.
        """
        self._image = image
        self._find_separate = find_separate
        self._opened = False
        self._eh: _Table | None = None
        self._header: _Header | None = None
        self._debug: _Table | None = None
        self._rows: dict[int, Row | None] = {}
        self._problem: str | None = None

    @property
    def problem(self) -> str | None:
        """What was wrong with a section, or with entries that were passed over; None while nothing was."""
        listed = (table.problem for table in (self._eh, self._debug) if table is not None)
        return self._problem or next((problem for problem in listed if problem), None)

    def row(self, address: FileAddress) -> Row | None:
        """Return the rules at a file address; None where the file has none.

        Raises:
            BadData: it has some, and they make no sense.
        """
        try:
            return self._rows[address]
        except KeyError:
            pass
        program = self._find(address)
        row = None
        if program is not None:
            try:
                row = row_at(program, address)
            except BadData as error:
                raise self._named(error, program) from None
        if len(self._rows) >= _ROWS_KEPT:
            self._rows.clear()
        self._rows[address] = row
        return row

    def function(self, address: FileAddress) -> tuple[FileAddress, FileAddress] | None:
        """Return first address and end (exclusive) of the code that has one set of rules, or None.

        A function's, or of one part of it that was moved away.

        Raises:
            BadData: the entry makes no sense.
        """
        program = self._find(address)
        return (FileAddress(program.start), FileAddress(program.end)) if program is not None else None

    def functions(self) -> Iterator[tuple[FileAddress, FileAddress, list[Row]]]:
        """Yield (start, end, rows) of every entry, `.eh_frame` first, in file order.

        Raises:
            BadData: an entry makes no sense.
        """
        self._open()
        for table in (self._eh, self._debug):
            if table is None:
                continue
            for offset, *_ in table.entries():
                program = table.program(offset)
                try:
                    listed = list(rows(program))
                except BadData as error:
                    raise self._named(error, program) from None
                yield FileAddress(program.start), FileAddress(program.end), listed

    def _named(self, error: BadData, program: Program) -> BadData:
        where = f"{error.what}, in the rules of {program.start:#x}"
        return BadData(where, file=self._image.name, section="call-frame information")

    def _find(self, address: int) -> Program | None:
        self._open()
        program = None
        if self._eh is not None:
            if self._header is not None and self._header.usable:
                place = self._header.find(address)
                if place is not None:
                    program = self._eh.program(place - self._eh.bytes.address)
                    if not program.start <= address < program.end:
                        program = None
            else:
                program = self._eh.find_listed(address)
        if program is None and self._debug is None and self._find_separate is not None:
            find, self._find_separate = self._find_separate, None
            other = find()
            if other is not None:
                self._find_debug(other)
        if program is None and self._debug is not None:
            program = self._debug.find_listed(address)
        return program

    def _open(self) -> None:
        if self._opened:
            return
        self._opened = True
        for find in (self._find_header, self._find_frames, lambda: self._find_debug(self._image)):
            try:
                find()
            except BadData as error:
                self._problem = str(error)

    def _find_header(self) -> None:
        # The segment, not the section: it is what the unwinders of the program itself go by.
        for segment in self._image.segments:
            if segment.type == PT_GNU_EH_FRAME and segment.filesz:
                offset, size = self._image.place(segment.vaddr)
                size = min(size, segment.filesz)
                if size:
                    data = _Bytes(self._image, ".eh_frame_hdr", segment.vaddr, offset, size)
                    self._header = _Header(self._image, data)
                return

    def _find_frames(self) -> None:
        image = self._image
        try:
            section = image.section(".eh_frame")
        except BadData:
            section = None
        if section is not None:
            if section.type == SHT_NOBITS or not section.size:
                self._header = None  # debug information alone: the code, and this, are in another file
                return
            image.check(section.offset, section.size, section.name)
            data = _Bytes(image, section.name, section.address, section.offset, section.size)
            self._eh = _Table(image, data, True)
        elif self._header is not None and self._header.frames is not None:
            offset, size = image.place(FileAddress(self._header.frames))
            if size:
                data = _Bytes(image, ".eh_frame", self._header.frames, offset, size)
                self._eh = _Table(image, data, True)

    def _find_debug(self, image: Image) -> None:
        section = image.section(".debug_frame")
        if section is None or section.type == SHT_NOBITS or not section.size:
            return
        compressed = section.name.startswith(".z") or bool(section.flags & 0x800)
        whole = image.section_bytes(section) if compressed else None
        size = section.size if whole is None else len(whole)
        if whole is None:
            image.check(section.offset, section.size, section.name)
        data = _Bytes(image, ".debug_frame", 0, section.offset, size, whole)
        self._debug = _Table(image, data, False)


def _section_bases(image: Image) -> dict[int, int]:
    """Return what text- and data-relative pointers count from."""
    bases = {_TEXTREL: 0, _DATAREL: 0}
    try:
        text, got = image.section(".text"), image.section(".got.plt") or image.section(".got")
    except BadData:
        return bases
    if text is not None:
        bases[_TEXTREL] = text.address
    if got is not None:
        bases[_DATAREL] = got.address
    return bases
