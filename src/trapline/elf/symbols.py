"""The symbols of one ELF file: by name without an index, by address with one made of arrays.

Three tables count: `.symtab`, `.dynsym`, and the `.symtab` inside `.gnu_debugdata`.  PLT stubs are no
symbols here: an undefined entry whose value is a stub's address stays undefined.

Source: System V gABI, Symbol Table; GNU hash table as glibc elf/dl-lookup.c reads it; LSB, Symbol
Versioning.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from trapline.base.address import FileAddress
from trapline.base.errors import BadData
from trapline.elf import image as elf
from trapline.elf.image import Image

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator

SHN_UNDEF, SHN_LORESERVE, SHN_XINDEX = 0, 0xFF00, 0xFFFF
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
_NOTYPE, _OBJECT, _FUNCTION, _SECTION, _FILE, _IFUNC = 0, 1, 2, 3, 4, 10
_HIDDEN_VERSION = 0x8000
_NAME_LIMIT = 1 << 20  # bytes of one name; the longest C++ names known have some 100,000
_DICT_AFTER = 24  # lookups after which a table's names are worth a dict
_CANDIDATES = 4  # places of a name in a string table that are looked up one by one


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


def split_version(name: str) -> tuple[str, str | None]:
    """Return the name and the version (or None) of `memcpy@GLIBC_2.14` and `memcpy@@GLIBC_2.14`."""
    base, mark, version = name.partition("@")
    return (base, version.lstrip("@")) if mark and base else (name, None)


class _Table:
    """One symbol table and its strings."""

    __slots__ = ("by_name", "count", "entries", "file", "lookups", "names", "section", "strings")

    def __init__(self, file: str, section: str, entries: bytes, strings: bytes) -> None:
        self.file = file
        self.section = section
        self.count = len(entries) // _ENTRY.size
        self.entries = entries[: self.count * _ENTRY.size]
        self.strings = strings
        self.names = b""
        self.lookups = 0
        self.by_name: dict[bytes, list[int]] | None = None

    def name(self, offset: int) -> bytes:
        """Return the name at a string offset, with the version if the table writes it there."""
        end = self.strings.find(b"\0", offset, offset + _NAME_LIMIT)
        if end < 0:
            raise BadData("a name without an end", file=self.file, section=self.section, offset=offset)
        return self.strings[offset:end]

    def symbol(self, index: int) -> ElfSymbol:
        """Return the symbol at an index of the table."""
        offset, info, _, section, value, size = _ENTRY.unpack_from(self.entries, index * _ENTRY.size)
        text, mark, version = self.name(offset).partition(b"@")
        named, is_default = self.version_of(index)
        if mark and text:
            named = version.lstrip(b"@").decode("utf-8", "surrogateescape")
            is_default = version[:1] == b"@" or section == SHN_UNDEF
        elif mark:
            text = mark + version
        return ElfSymbol(
            text.decode("utf-8", "surrogateescape"),
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

    def find(self, name: bytes) -> list[int]:
        """Return the indices of the defined symbols called `name`, versions ignored, in table order."""
        self.lookups += 1
        if self.by_name is None and self.lookups > _DICT_AFTER:
            self.by_name = self._all_names()
        if self.by_name is not None:
            return self.by_name.get(name, [])
        return self._search(name)

    def _search(self, name: bytes) -> list[int]:
        """Find a name without an index: its places in the strings, then those offsets in the entries.

        A name may be the tail of a longer one (linkers merge tails), so every place counts; a short
        common tail has too many, and each entry is compared instead.
        """
        offsets: list[int] = []
        for needle in (name + b"\0", name + b"@"):
            at = self.strings.find(needle)
            while at >= 0 and len(offsets) <= _CANDIDATES:
                offsets.append(at)
                at = self.strings.find(needle, at + 1)
        if not offsets:
            return []
        if not self.names:
            self.names = memoryview(self.entries).cast("I")[::6].tobytes()
        if len(offsets) > _CANDIDATES:
            starts = memoryview(self.names).cast("I")
            strings, whole, versioned = self.strings, name + b"\0", name + b"@"
            found = [i for i, at in enumerate(starts) if strings.startswith((whole, versioned), at)]
        else:
            found = []
            for offset in offsets:
                needle = offset.to_bytes(4, "little")
                at = self.names.find(needle)
                while at >= 0:
                    if not at & 3:
                        found.append(at >> 2)
                    at = self.names.find(needle, at + 1)
            found.sort()
        return [index for index in found if self.is_named(index)]

    def is_defined(self, index: int) -> bool:
        """Whether the entry at an index belongs to a section of this file (or to none, by `SHN_ABS`)."""
        at = index * _ENTRY.size + 6
        return self.entries[at : at + 2] != b"\0\0"

    def is_named(self, index: int) -> bool:
        """Whether an entry defines something that has a name of its own: no section, no file."""
        kind = self.entries[index * _ENTRY.size + 4] & 15
        return kind != _SECTION and kind != _FILE and self.is_defined(index)

    def _all_names(self) -> dict[bytes, list[int]] | None:
        """Return every defined name's indices, or None when the names unfold to more text than is sane."""
        found: dict[bytes, list[int]] = {}
        budget = (1 << 20) + 16 * len(self.strings)
        for index in range(self.count):
            if self.is_named(index):
                name = self.name_at(index)
                budget -= len(name)
                if budget < 0:
                    return None
                found.setdefault(name, []).append(index)
        return found

    def name_at(self, index: int) -> bytes:
        """Return the name at an index, its version cut off."""
        at = index * _ENTRY.size
        name = self.name(int.from_bytes(self.entries[at : at + 4], "little"))
        cut = name.find(b"@")
        return name[:cut] if cut > 0 else name


class _DynamicTable(_Table):
    """`.dynsym` with its hash table and versions, found through the dynamic section alone."""

    __slots__ = ("bloom", "buckets", "chains", "first", "hashed", "image", "shift", "version_names", "versym")

    def __init__(self, image: Image) -> None:
        self.image = image
        self.hashed = 0
        self.version_names: dict[int, str] | None = None
        symbols, strings = image.dynamic_value(elf.DT_SYMTAB), image.dynamic_value(elf.DT_STRTAB)
        if symbols is None or strings is None:
            super().__init__(image.name, ".dynsym", b"", b"")
            self.versym = _words(b"", "H")
            return
        count = self._read_hash(self._stated_count(symbols))
        entries = self._up_to(symbols, count * _ENTRY.size)
        text = self._up_to(strings, image.dynamic_value(elf.DT_STRSZ) or 0)
        super().__init__(image.name, ".dynsym", entries, text)
        self.versym = _words(self._up_to(image.dynamic_value(elf.DT_VERSYM) or 0, 2 * self.count), "H")

    def _up_to(self, address: int, size: int) -> bytes:
        """Return `size` bytes at a file address, or as many as the file has there."""
        start = FileAddress(address)
        return self.image.read(start, min(size, self.image.readable(start)))

    def _stated_count(self, address: int) -> int | None:
        """Return the number of symbols that the section header states; no dynamic entry does."""
        try:
            for section in self.image.sections:
                if section.type == elf.SHT_DYNSYM and section.address == address:
                    return section.size // _ENTRY.size
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
        whole = name + b"\0"
        return [
            index
            for index in found
            if index < self.count
            and self.is_named(index)
            and self.strings.startswith(whole, _ENTRY.unpack_from(self.entries, index * _ENTRY.size)[0])
        ]

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
        end = self.strings.find(b"\0", offset, offset + 4096)
        return self.strings[offset : max(offset, end)].decode("utf-8", "surrogateescape")


def _words(data: bytes, code: str) -> memoryview:
    """Return whole little-endian words of `data`; a rest that is no whole word is dropped."""
    size = {"H": 2, "I": 4, "Q": 8}[code]
    return memoryview(data[: len(data) // size * size]).cast(code)  # type: ignore[call-overload,no-any-return]


class _Places:
    """The addresses of the symbols of all tables, sorted, with what `at()` needs beside each."""

    __slots__ = ("highest", "indices", "starts")

    def __init__(self, tables: tuple[_Table, ...]) -> None:
        """Sort once; every step but one short loop a table runs at C speed."""
        starts, ends, indices = array("Q"), array("Q"), array("Q")
        for number, table in enumerate(tables):
            info = table.entries[4::24]
            words = memoryview(table.entries).cast("Q")
            heads, values, sizes = words[::3].tolist(), words[1::3].tolist(), words[2::3].tolist()
            keep = [
                index
                for index, kept in enumerate(info.translate(_HAS_ADDRESS))
                if kept
                and (section := heads[index] >> 48) != SHN_UNDEF
                and (section < SHN_LORESERVE or section == SHN_XINDEX)
            ]
            starts.extend([values[index] for index in keep])
            # An end past 64 bits is a lie; the symbol then counts as unsized.
            ends.extend([min(values[index] + sizes[index], _MAX) for index in keep])
            indices.extend([number << 32 | index for index in keep])
        order = sorted(range(len(starts)), key=starts.__getitem__)
        self.starts = array("Q", [starts[i] for i in order])
        self.indices = array("Q", [indices[i] for i in order])
        # highest[i] is the highest end of the first i + 1 symbols: how far back it is worth looking.
        self.highest = array("Q", accumulate([ends[i] for i in order], max))


_MAX = (1 << 64) - 1
_HAS_ADDRESS = bytes(info & 15 in (_NOTYPE, _OBJECT, _FUNCTION, _IFUNC) for info in range(256))


class SymbolTable:
    """Every symbol that one ELF file tells: `.symtab`, `.dynsym` and `.gnu_debugdata`.

    A broken table counts as absent; `problems` says what is wrong with it.
    """

    __slots__ = ("_dynamic", "_image", "_mini", "_places", "_static", "problems")

    def __init__(self, image: Image) -> None:
        """Read nothing yet."""
        self._image = image
        self._static: _Table | None = None
        self._dynamic: _Table | None = None
        self._mini: _Table | None = None
        self._places: _Places | None = None
        self.problems: list[str] = []

    def _tables(self) -> tuple[_Table, ...]:
        """Return the three tables, the best for names first, an absent one empty."""
        if self._dynamic is None:
            self._dynamic = self._guarded(_DynamicTable, self._image)
        if self._static is None:
            self._static = self._guarded(_static_table, self._image)
        if self._mini is None:
            self._mini = self._guarded(_mini_table, self._image)
        return self._dynamic, self._static, self._mini

    def _guarded(self, read: Callable[[Image], _Table], image: Image) -> _Table:
        try:
            return read(image)
        except BadData as error:
            self.problems.append(str(error))
            return _Table(image.name, "", b"", b"")

    def __iter__(self) -> Iterator[ElfSymbol]:
        """Yield every entry that has a name, undefined ones too, table by table.

        Raises:
            BadData: a name lies outside its table.
        """
        for table in self._tables():
            for index in range(table.count):
                symbol = table.symbol(index)
                if symbol.name and symbol.kind not in ("section", "file"):
                    yield symbol

    # By name

    def lookup(self, name: str) -> tuple[ElfSymbol, ...]:
        """Return the defined symbols called `name`, the one a user means first.

        Functions come before data, the default version before old ones, global before local.  `name` may
        carry a version (`memcpy@GLIBC_2.2.5`), which then must be the symbol's.
        """
        base, version = split_version(name)
        wanted = base.encode("utf-8", "surrogateescape")
        found: dict[tuple[str, int, str | None], ElfSymbol] = {}
        for table in self._tables():
            try:
                symbols = [table.symbol(index) for index in table.find(wanted)]
            except BadData as error:
                self.problems.append(str(error))
                continue
            for symbol in symbols:
                if version is None or symbol.version == version:
                    self._add(found, symbol)
        return tuple(sorted(found.values(), key=_preference))

    @staticmethod
    def _add(found: dict[tuple[str, int, str | None], ElfSymbol], symbol: ElfSymbol) -> None:
        """Keep a symbol unless another table has told of it already, perhaps with its version."""
        if (symbol.name, symbol.address, None) not in found:
            found[symbol.name, symbol.address, None] = symbol
        elif (
            symbol.version is not None and found[symbol.name, symbol.address, None].version != symbol.version
        ):
            found[symbol.name, symbol.address, symbol.version] = symbol

    def names(self) -> Iterator[str]:
        """Yield the names of the defined symbols, versions cut off; one that repeats, repeats."""
        for table in self._tables():
            for index in range(table.count):
                if table.is_named(index) and (name := self._name(table, index)):
                    yield name

    def undefined(self) -> Iterator[str]:
        """Yield the names that the file wants from others, versions cut off."""
        dynamic, static, _ = self._tables()
        table = dynamic if dynamic.count else static
        for index in range(1, table.count):
            if not table.is_defined(index) and (name := self._name(table, index)):
                yield name

    def imported_name(self, index: int) -> str:
        """Return the name at an index of `.dynsym`, as relocations refer to it; empty when there is none."""
        table = self._tables()[0]
        return self._name(table, index) if index < table.count else ""

    def _name(self, table: _Table, index: int) -> str:
        """Return the name at an index, empty for one outside its table."""
        try:
            return table.name_at(index).decode("utf-8", "surrogateescape")
        except BadData:
            return ""

    def matching(self, pattern: re.Pattern[str]) -> tuple[ElfSymbol, ...]:
        """Return the defined symbols in whose name `pattern` is found, sorted by name and address."""
        found: dict[tuple[str, int, str | None], ElfSymbol] = {}
        for table in self._tables():
            budget = (1 << 20) + 16 * len(table.strings)
            for index in range(table.count):
                if not table.is_named(index):
                    continue
                name = self._name(table, index)
                if name and pattern.search(name):
                    budget -= len(name)
                    if budget < 0:
                        self.problems.append(f"{table.file}: {table.section}: names overlap without end")
                        break
                    self._add(found, table.symbol(index))
        return tuple(sorted(found.values(), key=lambda symbol: (symbol.name, symbol.address)))

    def near(self, name: str, n: int = 3) -> tuple[str, ...]:
        """Return at most `n` defined names that look like `name`, the most alike first."""
        import difflib

        # Comparing is slow: only names of about the length that share letters, and not without end.
        letters = set(name)
        likely: set[str] = set()
        for other in self.names():
            if abs(len(other) - len(name)) <= 2 and len(letters.symmetric_difference(other)) <= 3:
                likely.add(other)
                if len(likely) >= _NEAR_LIMIT:
                    break
        return tuple(difflib.get_close_matches(name, sorted(likely), n))

    # By address

    def at(self, address: FileAddress) -> ElfSymbol | None:
        """Return the symbol that contains a file address, None when there is none.

        A symbol with a size must contain the address, the innermost wins; one without a size reaches up
        to the next symbol or the end of its section.  Of several at one place functions come first, then
        global ones, then the name that sorts last, as gdb chooses.

        Source: gdb minsyms.c lookup_minimal_symbol_by_pc_section(), for the order of names.
        """
        tables = self._tables()
        if self._places is None:
            self._places = _Places(tables)
        places = self._places
        nearest = bisect_right(places.starts, address) - 1
        if nearest < 0:
            return None
        best: list[ElfSymbol] = []
        at = nearest
        while at >= 0 and places.highest[at] > address:
            start = places.starts[at]
            if best and best[0].address != start:
                break
            symbol = self._symbol(tables, places.indices[at])
            if symbol is not None and symbol.size and address < start + symbol.size:
                best.append(symbol)
            at -= 1
        if not best:
            best = self._unsized(tables, places, nearest, address)
        return max(best, key=_choice) if best else None

    def _unsized(
        self, tables: tuple[_Table, ...], places: _Places, nearest: int, address: int
    ) -> list[ElfSymbol]:
        """Return the symbols without a size at the nearest start whose section reaches to `address`."""
        start = places.starts[nearest]
        found = []
        while nearest >= 0 and places.starts[nearest] == start:
            symbol = self._symbol(tables, places.indices[nearest])
            if symbol is not None and not symbol.size and address < self._section_end(symbol):
                found.append(symbol)
            nearest -= 1
        return found

    def _section_end(self, symbol: ElfSymbol) -> int:
        """Return the file address where a symbol's section ends, its segment's end without sections."""
        try:
            sections = self._image.sections
        except BadData:
            sections = ()
        if symbol.section < len(sections):
            section = sections[symbol.section]
            return section.address + section.size
        for segment in self._image.segments:
            if segment.type == elf.PT_LOAD and 0 <= symbol.address - segment.vaddr < segment.memsz:
                return segment.vaddr + segment.memsz
        return 0

    @staticmethod
    def _symbol(tables: tuple[_Table, ...], place: int) -> ElfSymbol | None:
        try:
            symbol = tables[place >> 32].symbol(place & 0xFFFFFFFF)
        except BadData:
            return None
        return symbol if symbol.name else None


_NEAR_LIMIT = 5000  # names that are compared letter by letter; difflib takes some 10 us each
_KIND_ORDER = {"function": 0, "ifunc": 0, "object": 1, "common": 1, "tls": 2}


def _preference(symbol: ElfSymbol) -> tuple[int, bool, bool]:
    """Order the symbols of one name: what a user means first."""
    return _KIND_ORDER.get(symbol.kind, 3), not symbol.is_default, symbol.binding == "local"


def _choice(symbol: ElfSymbol) -> tuple[int, bool, bool, str]:
    """Order the symbols at one address: the highest is shown."""
    return (
        -_KIND_ORDER.get(symbol.kind, 3),
        symbol.binding != "local",
        symbol.is_default,
        symbol.name,
    )


def _static_table(image: Image) -> _Table:
    """Return `.symtab` with the strings that its header links to."""
    for section in image.sections:
        if section.type == elf.SHT_SYMTAB:
            if not section.link < len(image.sections):
                raise BadData("no string table", file=image.name, section=section.name)
            strings = image.section_bytes(image.sections[section.link])
            return _Table(image.name, section.name, image.section_bytes(section), strings)
    return _Table(image.name, ".symtab", b"", b"")


def _mini_table(image: Image) -> _Table:
    """Return the `.symtab` of `.gnu_debugdata`: what a stripped file kept of its functions.

    Source: gdb manual, MiniDebugInfo.
    """
    section = image.section(".gnu_debugdata")
    if section is None:
        return _Table(image.name, ".gnu_debugdata", b"", b"")
    from trapline.elf.compression import decompress_xz

    try:
        data = decompress_xz(image.section_bytes(section))
    except ValueError as error:
        raise BadData(str(error), file=image.name, section=section.name) from None
    return _static_table(Image.from_bytes(data, f"{image.name}({section.name})"))
