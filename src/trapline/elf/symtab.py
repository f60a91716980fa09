"""One symbol table of an ELF file: its entries, names, versions and hash.

A table is read where a question needs it: a name is found by its place in the strings, or by the file's
own hash table, so the symbols of a large program are never all decoded for one of them.

Source: System V gABI, Symbol Table and Hash Table; LSB Core, Symbol Versioning; glibc elf/dl-lookup.c for
the GNU hash table.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_left

from trapline.base.address import FileAddress
from trapline.base.errors import BadData
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING
from trapline.elf import image as elf
from trapline.elf.byterun import ByteRun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trapline.elf.image import Image, Section

SHN_UNDEF, SHN_LORESERVE, SHN_XINDEX = 0, 0xFF00, 0xFFFF
STT_NOTYPE, STT_OBJECT, STT_FUNC, STT_SECTION, STT_FILE, STT_GNU_IFUNC = 0, 1, 2, 3, 4, 10
ENTRY_SIZE = 24  # bytes of one Elf64_Sym

_ENTRY = struct.Struct("<IBBHQQ")
_KINDS = {
    0: "notype",
    1: "object",
    2: "function",
    3: "section",
    4: "file",
    5: "common",
    6: "tls",
    10: "ifunc",
}
_BINDINGS = {0: "local", 1: "global", 2: "weak", 10: "unique"}
_HIDDEN_VERSION = 0x8000
_INDEX_AFTER = 24  # lookups after which sorting a table's names costs less than going on searching
_CANDIDATES = 4  # places of a name in the strings that are looked up one by one


class ElfSymbol(NamedTuple):
    """One defined or undefined symbol.

    `name` is without its version; `address` is a file address (an offset into the thread's block for kind
    `tls`); `size` is bytes, 0 when unknown; `kind` is `function`, `object`, `ifunc` (the address is the
    resolver's), `tls`, `notype` or `common`; `binding` is `local`, `global`, `weak` or `unique`;
    `section` is a section index; `is_default` is False for an old version kept for old programs
    (`memcpy@GLIBC_2.2.5`).
    """

    name: str
    version: str | None
    address: FileAddress
    size: int
    kind: str
    binding: str
    section: int
    defined: bool
    is_default: bool


class Table:
    """One symbol table with its strings; `section` names it in errors, `count` is its number of entries."""

    __slots__ = ("_index", "_lookups", "_name_offsets", "count", "entries", "file", "section", "strings")

    def __init__(self, file: str, section: str, entries: ByteRun, strings: ByteRun) -> None:
        """Read nothing yet; `entries` holds whole entries."""
        self.file = file
        self.section = section
        self.entries = entries
        self.strings = strings
        self.count = entries.size // ENTRY_SIZE
        self._name_offsets = b""
        self._lookups = 0
        self._index: tuple[array[int], array[int]] | None = None

    @classmethod
    def empty(cls, image: Image, section: str) -> Table:
        """Return a table without symbols."""
        nothing = ByteRun(image, 0, 0)
        return cls(image.name, section, nothing, nothing)

    @classmethod
    def of_section(cls, image: Image, section: Section) -> Table:
        """Return the table that a section holds, with the strings that its header links to.

        Raises:
            BadData: the entries or the strings lie outside the file.
        """
        if section.link >= len(image.sections):
            raise BadData("no string table", file=image.name, section=section.name)
        size = 0 if section.type == elf.SHT_NOBITS else section.size // ENTRY_SIZE * ENTRY_SIZE
        entries = ByteRun(image, section.offset if size else 0, size)
        return cls(image.name, section.name, entries, ByteRun.of_section(image, image.sections[section.link]))

    def _bad(self, what: str, offset: int | None = None) -> BadData:
        return BadData(what, file=self.file, section=self.section, offset=offset)

    def symbol(self, index: int) -> ElfSymbol:
        """Return the symbol at an index.

        Raises:
            BadData: its name lies outside the strings.
        """
        row = _ENTRY.unpack(self.entries.get(index * ENTRY_SIZE, ENTRY_SIZE))
        return self._symbol(index, row, self.strings)

    def _symbol(self, index: int, row: tuple[int, ...], strings: ByteRun) -> ElfSymbol:
        name_at, info, _, section, value, size = row
        name = strings.text(name_at)
        if name is None:
            raise self._bad("a name without an end", name_at)
        text, mark, version = name.partition(b"@")
        named, is_default = self.version_of(index)
        if mark and text:
            named = version.lstrip(b"@").decode("utf-8", "surrogateescape")
            is_default = version[:1] == b"@" or section == SHN_UNDEF
        return ElfSymbol(
            (text or name).decode("utf-8", "surrogateescape"),
            named,
            FileAddress(value),
            size,
            _KINDS.get(info & 15, f"type {info & 15}"),
            _BINDINGS.get(info >> 4, f"binding {info >> 4}"),
            section,
            section != SHN_UNDEF,
            is_default,
        )

    def version_of(self, index: int) -> tuple[str | None, bool]:
        """Return the version of the symbol at an index and whether it is the default one."""
        return None, True

    def __iter__(self) -> Iterator[ElfSymbol]:
        """Yield every symbol that is no section and no file, undefined ones too.

        Raises:
            BadData: a name lies outside the strings, or the names are longer than the strings allow.
        """
        for index, row, name in self.rows():
            if name and row[1] & 15 not in (STT_SECTION, STT_FILE):
                yield self._symbol(index, row, self.strings)

    def rows(self) -> Iterator[tuple[int, tuple[int, ...], bytes]]:
        """Yield index, raw entry and name, its version cut off; the name is empty when it has no end.

        Raises:
            BadData: the names are longer than the strings allow.
        """
        strings = self.strings.held()
        # Names share tails, but strings that unfold into far more text than they are would keep us for ever.
        budget = (1 << 20) + 16 * strings.size
        index = 0
        for chunk in self.entries.chunks():
            for row in _ENTRY.iter_unpack(chunk):
                name = strings.text(row[0]) or b""
                budget -= len(name)
                if budget < 0:
                    raise self._bad("names overlap without end")
                cut = name.find(b"@")
                yield index, row, name[:cut] if cut > 0 else name
                index += 1

    def named(self) -> Iterator[tuple[int, bytes]]:
        """Yield index and name of what is defined here and has a name of its own: no section, no file.

        Raises:
            BadData: the names are longer than the strings allow.
        """
        for index, row, name in self.rows():
            if name and _is_named(row):
                yield index, name

    # By name

    def find(self, name: bytes) -> list[int]:
        """Return the indices of the defined symbols called `name`, versions ignored, in table order.

        Raises:
            BadData: the file was cut short meanwhile.
        """
        self._lookups += 1
        if self._lookups == _INDEX_AFTER:
            self._index = self._sorted_names()
        if self._index is None:
            return self._search(name)
        hashes, indices = self._index
        wanted = hash(name)
        at = bisect_left(hashes, wanted)
        found = []
        while at < len(hashes) and hashes[at] == wanted:
            if self._is_called(indices[at], name):
                found.append(indices[at])
            at += 1
        return sorted(found)

    def _is_called(self, index: int, name: bytes) -> bool:
        """Whether the entry at an index defines `name`, with a version behind it or without."""
        row = _ENTRY.unpack(self.entries.get(index * ENTRY_SIZE, ENTRY_SIZE))
        return _is_named(row) and self.strings.startswith((name + b"\0", name + b"@"), row[0])

    def _search(self, name: bytes) -> list[int]:
        """Find a name without an index: its places in the strings, then those offsets in the entries.

        A name may be the tail of a longer one (linkers merge tails), so every place counts; a short
        common tail has too many, and each entry is compared instead.
        """
        offsets = self.strings.find((name + b"\0", name + b"@"), _CANDIDATES + 1)
        if not offsets:
            return []
        if not self._name_offsets:
            self._name_offsets = b"".join(
                memoryview(chunk).cast("I")[::6].tobytes() for chunk in self.entries.chunks()
            )
        found: list[int] = []
        if len(offsets) > _CANDIDATES:
            strings, wanted = self.strings.held(), (name + b"\0", name + b"@")
            starts = memoryview(self._name_offsets).cast("I")
            found = [index for index, at in enumerate(starts) if strings.startswith(wanted, at)]
        else:
            for offset in offsets:
                needle = offset.to_bytes(4, "little")
                at = self._name_offsets.find(needle)
                while at >= 0:
                    if not at & 3:
                        found.append(at >> 2)
                    at = self._name_offsets.find(needle, at + 1)
        return [index for index in sorted(found) if self._is_called(index, name)]

    def _sorted_names(self) -> tuple[array[int], array[int]] | None:
        """Return the hashes of the defined names in order and their indices; None when it cannot be told."""
        hashes: list[int] = []
        indices: list[int] = []
        try:
            for index, name in self.named():
                hashes.append(hash(name))
                indices.append(index)
        except BadData:
            return None
        order = sorted(range(len(hashes)), key=hashes.__getitem__)
        return array("q", [hashes[i] for i in order]), array("Q", [indices[i] for i in order])


def _is_named(row: tuple[int, ...]) -> bool:
    return row[3] != SHN_UNDEF and row[1] & 15 not in (STT_SECTION, STT_FILE)


class DynamicTable(Table):
    """`.dynsym` with its hash table and versions, found through the dynamic section alone."""

    __slots__ = ("bloom", "buckets", "chains", "first", "hashed", "image", "shift", "version_names", "versym")

    def __init__(self, image: Image) -> None:
        """Read the hash table; a file without a dynamic section has no symbols.

        Raises:
            BadData: the dynamic section reaches past the end of the file.
        """
        self.image = image
        self.hashed = 0
        self.version_names: dict[int, str] | None = None
        self.versym = _words(b"", "H")
        symbols, strings = image.dynamic_value(elf.DT_SYMTAB), image.dynamic_value(elf.DT_STRTAB)
        if symbols is None or strings is None:
            nothing = ByteRun(image, 0, 0)
            super().__init__(image.name, ".dynsym", nothing, nothing)
            return
        count = self._read_hash(self._stated_count(symbols))
        available = image.readable(FileAddress(symbols)) // ENTRY_SIZE
        super().__init__(
            image.name,
            ".dynsym",
            ByteRun.at_address(image, symbols, min(count, available) * ENTRY_SIZE),
            ByteRun.at_address(image, strings, image.dynamic_value(elf.DT_STRSZ) or 0),
        )
        versym = image.dynamic_value(elf.DT_VERSYM)
        if versym is not None:
            self.versym = _words(self._up_to(versym, 2 * self.count), "H")

    def _up_to(self, address: int, size: int) -> bytes:
        """Return `size` bytes at a file address, or as many as the file has there."""
        start = FileAddress(address)
        return self.image.read(start, min(size, self.image.readable(start)))

    def _stated_count(self, address: int) -> int | None:
        """Return the number of symbols that the section header states; no dynamic entry does."""
        try:
            for section in self.image.sections:
                if section.type == elf.SHT_DYNSYM and section.address == address:
                    return section.size // ENTRY_SIZE
        except BadData:
            pass  # the hash table knows as well
        return None

    def _read_hash(self, count: int | None) -> int:
        """Keep the hash table and return the number of symbols, counted from the table if not known.

        Source: gABI, Hash Table (nchain is the count); a GNU hash table ends with the chain of its last
        bucket.
        """
        gnu = self.image.dynamic_value(elf.DT_GNU_HASH)
        head = self._up_to(gnu or 0, 16)
        if gnu is not None and len(head) == 16:
            buckets, first, blooms, shift = struct.unpack("<IIII", head)
            self.first: int = first
            self.shift: int = shift
            at = gnu + 16
            self.bloom = _words(self._up_to(at, 8 * blooms), "Q")
            at += 8 * blooms
            self.buckets = _words(self._up_to(at, 4 * buckets), "I")
            at += 4 * buckets
            if count is None:
                count = max(self._gnu_count(at), self._relocated_count())
            self.chains = _words(self._up_to(at, 4 * max(0, count - self.first)), "I")
            if blooms and buckets and len(self.bloom) == blooms and len(self.buckets) == buckets:
                self.hashed = elf.DT_GNU_HASH
            return count
        sysv = self.image.dynamic_value(elf.DT_HASH)
        head = self._up_to(sysv or 0, 8)
        if sysv is not None and len(head) == 8:
            buckets, chains = struct.unpack("<II", head)
            self.buckets = _words(self._up_to(sysv + 8, 4 * buckets), "I")
            self.chains = _words(self._up_to(sysv + 8 + 4 * buckets, 4 * chains), "I")
            if buckets and len(self.buckets) == buckets:
                self.hashed = elf.DT_HASH
            return int(chains) if count is None else count
        return self._relocated_count() if count is None else count

    def _gnu_count(self, chains: int) -> int:
        last = max(self.buckets, default=0)
        if last < self.first:
            return self.first
        at = chains + 4 * (last - self.first)
        while chunk := _words(self._up_to(at, 4096), "I"):
            for value in chunk:
                last += 1
                if value & 1:
                    return last
            at += 4 * len(chunk)
        return last

    def _relocated_count(self) -> int:
        """Return one more than the highest symbol that a relocation names: imports are not hashed."""
        count = 0
        for tag, size_tag in ((elf.DT_RELA, elf.DT_RELASZ), (elf.DT_JMPREL, elf.DT_PLTRELSZ)):
            data = self._up_to(self.image.dynamic_value(tag) or 0, self.image.dynamic_value(size_tag) or 0)
            # The symbol is the upper half of r_info, the second word of three.
            symbols = _words(data[: len(data) // 24 * 24], "I")[3::6]
            count = max(count, max(symbols, default=-1) + 1)
        return count

    def find(self, name: bytes) -> list[int]:
        """Return the indices of the defined symbols called `name`, by the hash table if there is one."""
        if self.hashed == elf.DT_GNU_HASH:
            found = self._gnu_find(name)
        elif self.hashed == elf.DT_HASH:
            found = self._sysv_find(name)
        else:
            return super().find(name)
        return [index for index in found if index < self.count and self._is_called(index, name)]

    def _gnu_find(self, name: bytes) -> list[int]:
        """Return the indices whose hash is the name's, but for the lowest bit.

        Source: glibc elf/dl-lookup.c do_lookup_x().
        """
        value = gnu_hash(name)
        word = self.bloom[value // 64 % len(self.bloom)]
        if not word >> value % 64 & word >> (value >> (self.shift & 31)) % 64 & 1:
            return []
        index = self.buckets[value % len(self.buckets)]
        found: list[int] = []
        while self.first <= index < self.first + len(self.chains):
            entry = self.chains[index - self.first]
            if entry | 1 == value | 1:
                found.append(index)
            if entry & 1:
                break
            index += 1
        return found

    def _sysv_find(self, name: bytes) -> list[int]:
        """Return the indices in the name's bucket.

        Source: gABI, Hash Table.
        """
        index = self.buckets[sysv_hash(name) % len(self.buckets)]
        found: list[int] = []
        # A chain that is a ring must not hold us.
        while 0 < index < len(self.chains) and len(found) < len(self.chains):
            found.append(index)
            index = self.chains[index]
        return found

    def version_of(self, index: int) -> tuple[str | None, bool]:
        """Return the version of the symbol at an index and whether it is the default one."""
        if index >= len(self.versym):
            return None, True
        value = self.versym[index]
        if self.version_names is None:
            self.version_names = self._read_versions()
        return self.version_names.get(value & ~_HIDDEN_VERSION), not value & _HIDDEN_VERSION

    def _read_versions(self) -> dict[int, str]:
        """Return the names of the version indices, both those defined here and those needed.

        Source: LSB Core, Symbol Versioning: Elfxx_Verdef, Elfxx_Verneed.
        """
        names: dict[int, str] = {}
        for at, _ in self._linked(elf.DT_VERDEF, elf.DT_VERDEFNUM, "<HHHHIII", 6):
            _, flags, index, _, _, first, _ = struct.unpack("<HHHHIII", self._up_to(at, 20))
            # The base definition (VER_FLG_BASE) names the file, not a version.
            if not flags & 1 and self.image.readable(FileAddress(at + first)) >= 4:
                offset = int.from_bytes(self._up_to(at + first, 4), "little")
                names[index & ~_HIDDEN_VERSION] = self._text(offset)
        for at, (_, count, _, first, _) in self._linked(elf.DT_VERNEED, elf.DT_VERNEEDNUM, "<HHIII", 4):
            at += first
            for _ in range(count):
                data = self._up_to(at, 16)
                if len(data) < 16:
                    break
                _, _, other, offset, following = struct.unpack("<IHHII", data)
                names[other & ~_HIDDEN_VERSION] = self._text(offset)
                at += following
                if not following:
                    break
        return names

    def _linked(
        self, tag: int, count_tag: int, layout: str, following: int
    ) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Yield the address and fields of each record in a list whose field `following` leads on."""
        at, count = self.image.dynamic_value(tag), self.image.dynamic_value(count_tag) or 0
        size = struct.calcsize(layout)
        # An index has 15 bits, so no honest list is longer; one that goes round ends here.
        for _ in range(min(count, _HIDDEN_VERSION) if at else 0):
            data = self._up_to(at or 0, size)
            if len(data) < size:
                return
            fields = struct.unpack(layout, data)
            yield at or 0, fields
            if not fields[following]:
                return
            at = (at or 0) + fields[following]

    def _text(self, offset: int) -> str:
        return (self.strings.text(offset) or b"").decode("utf-8", "surrogateescape")


def _words(data: bytes, code: str) -> memoryview:
    """Return whole little-endian words of `data`; a rest that is no whole word is dropped."""
    size = {"H": 2, "I": 4, "Q": 8}[code]
    return memoryview(data[: len(data) // size * size]).cast(code)  # type: ignore[call-overload,no-any-return]


def gnu_hash(name: bytes) -> int:
    """Return the 32-bit hash of a symbol name in `DT_GNU_HASH` tables."""
    value = 5381
    for byte in name:
        value = (value * 33 + byte) & 0xFFFFFFFF
    return value


def sysv_hash(name: bytes) -> int:
    """Return the 32-bit hash of a symbol name in `DT_HASH` tables.

    Source: gABI, Hash Table.
    """
    value = 0
    for byte in name:
        value = (value << 4) + byte
        high = value & 0xF0000000
        value = (value ^ (high >> 24)) & ~high & 0xFFFFFFFF
    return value
