"""One ELF file: header, segments, sections, the dynamic section, notes.

Only ELF64, little-endian, x86-64.  Every fact is read and decoded when it is first asked for.  Offsets,
sizes and counts come from the file and are believed only after they were compared with its size, so a
broken or hostile file ends in `BadData` and nothing else.

Bytes are fetched with pread, not through a mapping: a compiler that rewrites a mapped file in place
makes the next access a SIGBUS, which would end the user's Python, and searching a mapping costs its
pages in our memory.

Source: System V gABI, ELF; x86-64 psABI.
"""

from __future__ import annotations

import errno
import os
import stat
import struct

from trapline.base.address import PAGE_SIZE, FileAddress
from trapline.base.errors import BadData
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING
from trapline.elf.notes import NT_GNU_BUILD_ID, Note, parse_notes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ET_REL, ET_EXEC, ET_DYN, ET_CORE = 1, 2, 3, 4
EM_X86_64 = 62
PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE, PT_TLS = 1, 2, 3, 4, 7
PT_GNU_EH_FRAME = 0x6474E550
PF_X, PF_W, PF_R = 1, 2, 4
SHT_SYMTAB, SHT_STRTAB, SHT_RELA, SHT_DYNAMIC, SHT_NOTE, SHT_NOBITS, SHT_DYNSYM = 2, 3, 4, 6, 7, 8, 11
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR, SHF_COMPRESSED = 1, 2, 4, 0x800
DT_NULL, DT_NEEDED, DT_PLTRELSZ, DT_PLTGOT, DT_HASH, DT_STRTAB, DT_SYMTAB, DT_RELA, DT_RELASZ = range(9)
DT_STRSZ, DT_SYMENT, DT_SONAME, DT_RPATH, DT_PLTREL, DT_DEBUG, DT_JMPREL, DT_RUNPATH = (
    10, 11, 14, 15, 20, 21, 23, 29,
)  # fmt: skip
DT_GNU_HASH, DT_FLAGS_1, DT_VERSYM = 0x6FFFFEF5, 0x6FFFFFFB, 0x6FFFFFF0
DT_VERDEF, DT_VERDEFNUM, DT_VERNEED, DT_VERNEEDNUM = 0x6FFFFFFC, 0x6FFFFFFD, 0x6FFFFFFE, 0x6FFFFFFF
DF_1_PIE = 0x08000000

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SEGMENT = struct.Struct("<IIQQQQQQ")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_COMPRESSION = struct.Struct("<IIQQ")
_ZLIB = 1  # ELFCOMPRESS_ZLIB
_PN_XNUM = _SHN_XINDEX = 0xFFFF
_NAME_LIMIT = 4096  # bytes of a file or library name: PATH_MAX
_NEEDED_LIMIT = 4096  # libraries named by one file

_MACHINES = {
    3: "32-bit x86",
    8: "MIPS",
    20: "PowerPC",
    21: "PowerPC64",
    22: "s390",
    40: "32-bit ARM",
    62: "x86-64",
    183: "aarch64",
    243: "RISC-V",
    258: "LoongArch",
}


class Segment(NamedTuple):
    """One program header: `vaddr` is a file address, `offset`, `filesz`, `memsz` and `align` are bytes.

    Source: gABI, Program Header.
    """

    type: int
    flags: int
    offset: int
    vaddr: FileAddress
    filesz: int
    memsz: int
    align: int

    @property
    def is_executable(self) -> bool:
        """Whether the loader maps it executable."""
        return bool(self.flags & PF_X)


class Section(NamedTuple):
    """One section header: `address` is a file address, `offset`, `size` and `entsize` are bytes.

    `link` and `info` are section indices or counts, as the type says.

    Source: gABI, Sections.
    """

    name: str
    type: int
    flags: int
    address: FileAddress
    offset: int
    size: int
    link: int
    info: int
    entsize: int

    @property
    def is_executable(self) -> bool:
        """Whether it holds code that is mapped."""
        return self.flags & (SHF_ALLOC | SHF_EXECINSTR) == SHF_ALLOC | SHF_EXECINSTR


class DynamicEntry(NamedTuple):
    """One entry of the dynamic section; `value` is a number, a string offset or a file address by `tag`."""

    tag: int
    value: int


class DebugLink(NamedTuple):
    """Where the stripped debug information went: a file name and the CRC-32 of that whole file."""

    name: str
    crc: int


class Slack(NamedTuple):
    """Unused zero bytes after code: `start` is a file address, `size` is bytes."""

    start: FileAddress
    size: int


class Identity(NamedTuple):
    """Which file was opened: equal identities mean the same bytes, a different one a new build."""

    device: int
    inode: int
    size: int
    mtime_ns: int


def wrong_architecture(path: str) -> str | None:
    """Return what the file at `path` is when it is no x86-64 ELF64 file, None when it is one.

    Raises:
        OSError: the file cannot be read.

    Source: gABI, ELF Identification.
    """
    with open(path, "rb") as file:
        return _wrong_architecture(file.read(20))


def _wrong_architecture(start: bytes) -> str | None:
    if start[:4] != b"\x7fELF" or len(start) < 20:
        return "not an ELF file"
    width = {1: "ELFCLASS32", 2: "ELFCLASS64"}.get(start[4], f"unknown class {start[4]}")
    order = {1: "little-endian", 2: "big-endian"}.get(start[5], f"unknown byte order {start[5]}")
    machine = int.from_bytes(start[18:20], "big" if start[5] == 2 else "little")
    if (start[4], start[5], machine) == (2, 1, EM_X86_64):
        return None
    name = _MACHINES.get(machine, f"machine {machine}")
    return f"{name} ({width})" if start[5] == 1 else f"{name} ({width}, {order})"


class Image:
    """One x86-64 ELF64 file, read where and when something is asked.

    `name` is the path it was opened by, or the name given with its bytes.  `type` is `ET_EXEC`, `ET_DYN`,
    `ET_REL` or `ET_CORE`, `entry` the file address where execution starts (0 for none), `segments` the
    program headers in file order, `size` the file's size in bytes.  `identity` is None for an image made
    of bytes.
    """

    __slots__ = (
        "_data",
        "_descriptor",
        "_dynamic",
        "_dynamic_values",
        "_loads",
        "_section_count",
        "_section_names",
        "_section_offset",
        "_section_table",
        "entry",
        "identity",
        "machine",
        "name",
        "segments",
        "size",
        "type",
    )

    def __init__(
        self,
        name: str,
        data: bytes | None = None,
        *,
        descriptor: int = -1,
        size: int = 0,
        identity: Identity | None = None,
    ) -> None:
        """Decode the header and the program headers.

        Args:
            name: for errors and `repr`.
            data: the file's bytes; None to read them from `descriptor`.
            descriptor: an open file, which the image closes.
            size: the file's size in bytes, with `descriptor`.
            identity: which file it is, with `descriptor`.

        Raises:
            BadData: not an x86-64 ELF64 file, or one cut off in its headers.
        """
        self.name = name
        self.identity = identity
        self._data = data
        self._descriptor = descriptor
        self.size = size if data is None else len(data)
        wrong = _wrong_architecture(self.bytes_at(0, min(20, self.size)))
        if wrong is not None:
            raise BadData(wrong, file=name)
        fields = _HEADER.unpack(self.bytes_at(0, _HEADER.size, "ELF header"))
        self.type: int = fields[1]
        self.machine: int = fields[2]
        self.entry = FileAddress(fields[4])
        self._section_offset: int = fields[6]
        self._section_count: int = fields[12]
        self._section_names: int = fields[13]
        self._section_table: tuple[Section, ...] | None = None
        self._dynamic: tuple[DynamicEntry, ...] | None = None
        self._dynamic_values: dict[int, int] | None = None
        if self._section_count and fields[11] != _SECTION.size:
            raise BadData(f"section headers of {fields[11]} bytes", file=name, offset=58)
        if fields[10] and fields[9] != _SEGMENT.size:
            raise BadData(f"program headers of {fields[9]} bytes", file=name, offset=54)
        count = fields[10]
        if count == _PN_XNUM:
            count = self._first_section()[7]
        table = self.bytes_at(fields[5], count * _SEGMENT.size, "program headers") if count else b""
        self.segments: tuple[Segment, ...] = tuple(
            Segment(kind, flags, offset, FileAddress(vaddr), filesz, memsz, align)
            for kind, flags, offset, vaddr, _, filesz, memsz, align in _SEGMENT.iter_unpack(table)
        )
        self._loads = tuple(s for s in self.segments if s.type == PT_LOAD and s.filesz)

    @classmethod
    def open(cls, path: str) -> Image:
        """Return the image of the file at `path`; it keeps the file open until `close()` or its own end.

        Raises:
            OSError: the file cannot be opened.
            BadData: it is no regular file, not x86-64 ELF64, or cut off in its headers.
        """
        # O_NONBLOCK: a FIFO given as a program must not hang us in open().
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            status = os.fstat(descriptor)
            if stat.S_ISDIR(status.st_mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
            if not stat.S_ISREG(status.st_mode):
                raise BadData("not a regular file", file=path)
        except BaseException:
            os.close(descriptor)
            raise
        # From here on the image closes the descriptor, also when its constructor raises.
        identity = Identity(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        return cls(path, descriptor=descriptor, size=status.st_size, identity=identity)

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Image:
        """Return the image of ELF bytes that are in memory already (the vDSO, `.gnu_debugdata`).

        Raises:
            BadData: not x86-64 ELF64, or cut off in its headers.
        """
        return cls(name, bytes(data))

    def __del__(self, close: Callable[[int], None] = os.close) -> None:
        # os.close is bound here because the module may be gone when the interpreter ends.
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            close(descriptor)

    def __repr__(self) -> str:
        return f"Image({self.name!r})"

    def close(self) -> None:
        """Close the file; nothing more can be read from it."""
        self.__del__()
        self._data = b""
        self.size = 0

    def bytes_at(self, offset: int, size: int, section: str = "") -> bytes:
        """Return exactly `size` bytes at file offset `offset`; `section` names the place in errors.

        Raises:
            BadData: they reach past the end of the file.
        """
        self.check(offset, size, section)
        if self._data is not None:
            return self._data[offset : offset + size]
        data = os.pread(self._descriptor, size, offset)
        while len(data) < size:  # one read gives 2 GiB at most
            more = os.pread(self._descriptor, size - len(data), offset + len(data))
            if not more:
                raise BadData("the file was cut short after it was opened", file=self.name, section=section)
            data += more
        return data

    def check(self, offset: int, size: int, section: str = "") -> None:
        """Return when `size` bytes at file offset `offset` lie inside the file.

        Raises:
            BadData: they reach past its end.
        """
        if offset < 0 or size < 0 or offset + size > self.size:
            raise BadData(
                f"{size} bytes reach past the end of the file ({self.size} bytes)",
                file=self.name,
                section=section,
                offset=offset,
            )

    # Segments

    def read(self, address: FileAddress, size: int) -> bytes:
        """Return exactly `size` bytes that the file holds for a file address.

        Raises:
            BadData: no segment has file bytes for all of them (`.bss`, or nothing at all).
        """
        offset, available = self.place(address)
        if not 0 <= size <= available:
            raise BadData(f"no {size} bytes for file address {address:#x}", file=self.name)
        return self.bytes_at(offset, size)

    def place(self, address: FileAddress) -> tuple[int, int]:
        """Return the file offset of a file address, and how many file bytes there are from there on.

        (0, 0) when no segment has file bytes for it (`.bss`, or nothing at all).
        """
        for segment in self._loads:
            distance = address - segment.vaddr
            if 0 <= distance < segment.filesz:
                offset = segment.offset + distance
                return offset, max(0, min(segment.filesz - distance, self.size - offset))
        return 0, 0

    def readable(self, address: FileAddress) -> int:
        """Return how many bytes the file holds from a file address on, 0 for none."""
        return self.place(address)[1]

    @property
    def text_segments(self) -> tuple[Segment, ...]:
        """The executable `PT_LOAD` segments."""
        return tuple(s for s in self.segments if s.type == PT_LOAD and s.flags & PF_X)

    def executable_slack(self) -> tuple[Slack, ...]:
        """Return the unused zero bytes between the end of each executable segment and of its last page.

        The loader maps whole pages, so what the file holds after the segment is mapped as well; only the
        bytes up to the first that is not zero count.  A page that another segment is mapped over, or that
        the loader clears for `.bss`, has none.

        Source: Linux fs/binfmt_elf.c elf_map(); KERNEL rule 19.
        """
        found = []
        loads = [s for s in self.segments if s.type == PT_LOAD and s.memsz]
        for segment in self.text_segments:
            end = segment.vaddr + segment.memsz
            page_end = (end + PAGE_SIZE - 1) & -PAGE_SIZE
            size = page_end - end
            if segment.memsz != segment.filesz or not size:
                continue
            last_page = page_end - PAGE_SIZE
            if any(
                other is not segment
                and other.vaddr & -PAGE_SIZE < page_end
                and other.vaddr + other.memsz > last_page
                for other in loads
            ):
                continue
            offset = segment.offset + segment.filesz
            if offset > self.size:
                continue
            mapped = self.bytes_at(offset, min(size, self.size - offset))
            used = mapped.lstrip(b"\0")
            if used:
                size = len(mapped) - len(used)
            if size:
                found.append(Slack(FileAddress(end), size))
        return tuple(found)

    @property
    def interpreter(self) -> str | None:
        """The dynamic loader's path, None for a static program.

        Raises:
            BadData: the path reaches past the end of the file.
        """
        for segment in self.segments:
            if segment.type == PT_INTERP:
                text = self.bytes_at(segment.offset, min(segment.filesz, _NAME_LIMIT), "PT_INTERP")
                return os.fsdecode(text.partition(b"\0")[0])
        return None

    # Sections

    def _first_section(self) -> tuple[int, ...]:
        """Return section header 0, which holds the counts that do not fit the ELF header."""
        return _SECTION.unpack(self.bytes_at(self._section_offset, _SECTION.size, "section headers"))

    @property
    def sections(self) -> tuple[Section, ...]:
        """The section headers in file order, empty when the file has none.

        Raises:
            BadData: the table or a name lies outside the file.
        """
        if self._section_table is None:
            self._section_table = self._read_sections()
        return self._section_table

    def _read_sections(self) -> tuple[Section, ...]:
        if not self._section_offset:
            return ()
        count, names_index = self._section_count, self._section_names
        if not count or names_index == _SHN_XINDEX:
            first = self._first_section()
            count = count or first[5]
            names_index = first[6] if names_index == _SHN_XINDEX else names_index
        table = self.bytes_at(self._section_offset, count * _SECTION.size, "section headers")
        rows = list(_SECTION.iter_unpack(table))
        names = b""
        if names_index and names_index < len(rows):
            row = rows[names_index]
            names = self.bytes_at(row[4], row[5], ".shstrtab") if row[1] != SHT_NOBITS else b""
        # Names may share tails, but a table that unfolds into far more text than it has is an attack.
        budget = (1 << 20) + 16 * len(names)
        sections = []
        for name_at, kind, flags, address, offset, size, link, info, _, entsize in rows:
            end = names.find(b"\0", name_at)
            name = names[name_at:end] if end >= 0 else b""
            budget -= len(name)
            if budget < 0:
                raise BadData("section names overlap without end", file=self.name, section=".shstrtab")
            text = name.decode("utf-8", "surrogateescape")
            sections.append(
                Section(text, kind, flags, FileAddress(address), offset, size, link, info, entsize)
            )
        return tuple(sections)

    def section(self, name: str) -> Section | None:
        """Return the first section called `name`; `.debug_x` also finds the older `.zdebug_x`.

        Raises:
            BadData: the section headers are broken.
        """
        for section in self.sections:
            if section.name == name:
                return section
        return self.section(".z" + name[1:]) if name.startswith(".debug_") else None

    def section_bytes(self, section: Section) -> bytes:
        """Return a section's content, decompressed; empty for one without bytes in the file.

        Raises:
            BadData: it lies outside the file, or cannot be decompressed.

        Source: gABI, Section Compression; `.zdebug_*` as GNU binutils wrote it.
        """
        kind, size, start = self._folding(section)
        data = self._piece(section, start, section.size)
        if kind is None:
            return data
        from trapline.elf import compression

        try:
            return compression.decompress(kind, data, size)
        except ValueError as error:
            raise BadData(str(error), file=self.name, section=section.name) from None

    def section_beginning(self, section: Section, size: int) -> tuple[bytes, int]:
        """Return the first `size` bytes of a section's content, and the size of all of it.

        Where a beginning is no less work to have it is the whole.

        Raises:
            BadData: it lies outside the file, or cannot be decompressed.
        """
        kind, whole, start = self._folding(section)
        if kind != _ZLIB or size >= whole:
            data = self.section_bytes(section)
            return data, len(data)
        from trapline.elf import compression

        try:
            compression.check(section.size - start, whole)
            # What does not get smaller is stored as it is, in blocks with a few bytes before each.
            data = self._piece(section, start, size + size // 256 + 64)
            return compression.beginning(data, size), whole
        except ValueError as error:
            raise BadData(str(error), file=self.name, section=section.name) from None

    def _folding(self, section: Section) -> tuple[int | None, int, int]:
        """Return how a section is compressed (None: not), the size it unfolds to, where its data begin."""
        if section.flags & SHF_COMPRESSED and section.type != SHT_NOBITS:
            header = self._piece(section, 0, _COMPRESSION.size)
            if len(header) < _COMPRESSION.size:
                raise BadData("compression header cut off", file=self.name, section=section.name)
            kind, _, size, _ = _COMPRESSION.unpack(header)
            return kind, size, len(header)
        if section.name.startswith(".zdebug_"):
            header = self._piece(section, 0, 12)
            if header[:4] == b"ZLIB" and len(header) == 12:
                return _ZLIB, int.from_bytes(header[4:], "big"), len(header)
        return None, section.size, 0

    def _piece(self, section: Section, start: int, size: int) -> bytes:
        """Return up to `size` bytes of a section as they are in the file, where it has any there."""
        if section.type == SHT_NOBITS:
            return b""
        self.check(section.offset, section.size, section.name)
        return self.bytes_at(section.offset + start, max(0, min(size, section.size - start)), section.name)

    @property
    def debuglink(self) -> DebugLink | None:
        """The name and CRC of the separate debug file, None when the file names none.

        Source: gdb manual, Separate Debug Files.
        """
        section = self.section(".gnu_debuglink")
        if section is None:
            return None
        data = self.section_bytes(section)
        name, end, _ = data.partition(b"\0")
        at = (len(name) + 4) & ~3
        if not end or at + 4 > len(data):
            raise BadData("no name and CRC", file=self.name, section=section.name)
        return DebugLink(os.fsdecode(name), int.from_bytes(data[at : at + 4], "little"))

    # Notes

    def notes(self) -> Iterator[Note]:
        """Yield the notes of the segments, or of the sections in a file without note segments.

        Raises:
            BadData: a note reaches past its end.
        """
        segments = [s for s in self.segments if s.type == PT_NOTE and s.filesz]
        for segment in segments:
            data = self.bytes_at(segment.offset, segment.filesz, "PT_NOTE")
            yield from parse_notes(data, segment.align, file=self.name, section="PT_NOTE")
        if not segments:
            for section in self.sections:
                if section.type == SHT_NOTE:
                    align = 8 if section.name == ".note.gnu.property" else 4
                    data = self.section_bytes(section)
                    yield from parse_notes(data, align, file=self.name, section=section.name)

    @property
    def build_id(self) -> bytes | None:
        """The linker's hash of the file's content, None when there is none to be read.

        Source: ld(1) --build-id.
        """
        try:
            for note in self.notes():
                if note.type == NT_GNU_BUILD_ID and note.owner == "GNU":
                    return note.descriptor
        except BadData:
            # A file of debug information alone keeps program headers whose bytes are gone.
            pass
        try:
            section = self.section(".note.gnu.build-id")
            data = self.section_bytes(section) if section else b""
            for note in parse_notes(data, 4):
                return note.descriptor
        except BadData:
            pass
        return None

    # The dynamic section

    @property
    def dynamic(self) -> tuple[DynamicEntry, ...]:
        """The dynamic section's entries before `DT_NULL`; empty for a static program.

        Raises:
            BadData: it reaches past the end of the file.

        Source: gABI, Dynamic Section.
        """
        if self._dynamic is None:
            data = self._dynamic_bytes()
            entries = []
            for tag, value in struct.iter_unpack("<qQ", data[: len(data) & ~15]):
                if tag == DT_NULL:
                    break
                entries.append(DynamicEntry(tag, value))
            self._dynamic = tuple(entries)
        return self._dynamic

    def _dynamic_bytes(self) -> bytes:
        for segment in self.segments:
            if segment.type == PT_DYNAMIC:
                # In a file of debug information alone the segment's bytes are those of something else.
                if self._is_emptied(segment):
                    return b""
                return self.bytes_at(segment.offset, segment.filesz, "PT_DYNAMIC")
        return b""

    def _is_emptied(self, segment: Segment) -> bool:
        try:
            sections = self.sections
        except BadData:
            return False
        return any(s.type == SHT_NOBITS and s.address == segment.vaddr and s.size for s in sections)

    def dynamic_value(self, tag: int) -> int | None:
        """Return the value of the first dynamic entry with `tag`, None when there is none."""
        if self._dynamic_values is None:
            self._dynamic_values = {entry.tag: entry.value for entry in reversed(self.dynamic)}
        return self._dynamic_values.get(tag)

    def _dynamic_string(self, offset: int) -> str:
        table = self.dynamic_value(DT_STRTAB)
        if table is None:
            raise BadData("no DT_STRTAB", file=self.name, section=".dynamic")
        address = FileAddress(table + offset)
        text = self.read(address, min(_NAME_LIMIT, self.readable(address)))
        name, end, _ = text.partition(b"\0")
        if not end:
            raise BadData("a string without an end", file=self.name, section=".dynstr", offset=offset)
        return os.fsdecode(name)

    @property
    def needed(self) -> tuple[str, ...]:
        """The libraries that the file asks the loader for (`DT_NEEDED`), in order."""
        offsets = [entry.value for entry in self.dynamic if entry.tag == DT_NEEDED]
        if len(offsets) > _NEEDED_LIMIT:
            raise BadData(f"{len(offsets)} needed libraries", file=self.name, section=".dynamic")
        return tuple(self._dynamic_string(offset) for offset in offsets)

    @property
    def soname(self) -> str | None:
        """The name a library gives itself (`DT_SONAME`)."""
        offset = self.dynamic_value(DT_SONAME)
        return None if offset is None else self._dynamic_string(offset)

    @property
    def runpath(self) -> str | None:
        """Where the loader looks for the needed libraries (`DT_RUNPATH`, else the older `DT_RPATH`)."""
        offset = self.dynamic_value(DT_RUNPATH)
        if offset is None:
            offset = self.dynamic_value(DT_RPATH)
        return None if offset is None else self._dynamic_string(offset)

    @property
    def is_pie(self) -> bool:
        """Whether it is a position-independent program (a library is none)."""
        if self.type != ET_DYN:
            return False
        flags = self.dynamic_value(DT_FLAGS_1) or 0
        # ld sets DF_1_PIE since 2.27; DT_DEBUG is in programs only, of any age.
        return bool(flags & DF_1_PIE) or self.dynamic_value(DT_DEBUG) is not None

    @property
    def is_static(self) -> bool:
        """Whether it is a program that runs without a dynamic loader (static or static-pie)."""
        if any(segment.type == PT_INTERP for segment in self.segments):
            return False
        return self.type == ET_EXEC or (self.is_pie and not self.needed)
