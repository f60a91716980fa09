"""A small writer of ELF64 files: just what the readers are asked about, every byte chosen by the test.

The file is one segment mapped at `BASE` (file address = BASE + file offset), with the parts that were
added, in the order they were added.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

BASE = 0x400000
PAGE = 4096
LOCAL, GLOBAL, WEAK = 0, 1, 2
NOTYPE, OBJECT, FUNC, SECTION, FILE, TLS, IFUNC = 0, 1, 2, 3, 4, 6, 10
UNDEFINED, ABSOLUTE = 0, 0xFFF1
TEXT = 1  # index of .text, which every file has


class Sym(NamedTuple):
    """One symbol to write; `version` ends in the number that `.gnu.version` gets, 0x8000 hides it."""

    name: str | bytes
    value: int = 0
    size: int = 0
    kind: int = FUNC
    binding: int = GLOBAL
    section: int = TEXT
    version: int = 1


class Strings:
    """A string table; `tails=True` stores a string inside a longer one that ends with it, as linkers do."""

    def __init__(self, tails: bool = True) -> None:
        self.data = b"\0"
        self.tails = tails
        self.places: dict[bytes, int] = {b"\0": 0}

    def add(self, text: str | bytes) -> int:
        raw = (text if isinstance(text, bytes) else text.encode()) + b"\0"
        if raw not in self.places:
            at = self.data.find(raw) if self.tails else -1
            if at < 0:
                at = len(self.data)
                self.data += raw
            self.places[raw] = at
        return self.places[raw]


def gnu_hash(name: bytes) -> int:
    value = 5381
    for byte in name:
        value = (value * 33 + byte) & 0xFFFFFFFF
    return value


def sysv_hash(name: bytes) -> int:
    value = 0
    for byte in name:
        value = (value << 4) + byte
        value ^= (value & 0xF0000000) >> 24
        value &= 0x0FFFFFFF
    return value


def note(owner: bytes, kind: int, descriptor: bytes, align: int = 4) -> bytes:
    def padded(raw: bytes, before: int = 0) -> bytes:
        return raw + b"\0" * (-(before + len(raw)) % align)

    name = owner + b"\0"
    head = struct.pack("<III", len(name), len(descriptor), kind)
    return padded(padded(head + name) + descriptor)


def raw_symbols(symbols: list[Sym], strings: Strings) -> bytes:
    rows = [bytes(24)]
    for s in symbols:
        info = s.binding << 4 | s.kind
        rows.append(struct.pack("<IBBHQQ", strings.add(s.name), info, 0, s.section, s.value, s.size))
    return b"".join(rows)


def raw_gnu_hash(symbols: list[Sym], first: int, buckets: int) -> bytes:
    """Return a GNU hash table over `symbols[first:]`, which must be sorted by bucket."""
    names = [s.name if isinstance(s.name, bytes) else s.name.encode() for s in symbols]
    hashes = [gnu_hash(name) for name in names]
    bloom, shift = 0, 6
    for value in hashes[first:]:
        bloom |= 1 << value % 64 | 1 << (value >> shift) % 64
    heads, chain = [0] * buckets, []
    for index in range(first, len(symbols)):
        bucket = hashes[index] % buckets
        heads[bucket] = heads[bucket] or index + 1
        last = index + 1 == len(symbols) or hashes[index + 1] % buckets != bucket
        chain.append(hashes[index] & ~1 | last)
    # Index 0 of the table is the null symbol, which `symbols` does not list.
    return (
        struct.pack("<IIIIQ", buckets, first + 1, 1, shift, bloom)
        + struct.pack(f"<{buckets}I", *heads)
        + struct.pack(f"<{len(chain)}I", *chain)
    )


def raw_sysv_hash(symbols: list[Sym], buckets: int) -> bytes:
    heads, chain = [0] * buckets, [0] * (len(symbols) + 1)
    for index, s in enumerate(symbols, 1):
        name = s.name if isinstance(s.name, bytes) else s.name.encode()
        bucket = sysv_hash(name) % buckets
        chain[index], heads[bucket] = heads[bucket], index
    return struct.pack(f"<II{buckets}I{len(chain)}I", buckets, len(chain), *heads, *chain)


class Writer:
    """Collects sections and segments; `bytes()` lays the file out."""

    def __init__(self, *, kind: int = 3, text: bytes = b"\x90" * 256, entry: int = 0) -> None:
        self.kind = kind
        self.entry = entry
        self.body = b""
        self.room = 64 + 56 * 16  # program headers are written over this
        self.sections: list[tuple[str, int, int, int, int, int, int, int, int]] = []
        self.segments: list[tuple[int, int, int, int, int]] = []
        self.add(".text", 1, text, flags=6, align=PAGE)
        self.text = self.sections[0][3]

    @property
    def offset(self) -> int:
        """File offset where the next part begins."""
        return self.room + len(self.body)

    def add(
        self,
        name: str,
        kind: int,
        data: bytes,
        *,
        flags: int = 2,
        link: int = 0,
        info: int = 0,
        entsize: int = 0,
        align: int = 8,
        size: int | None = None,
    ) -> int:
        """Append a section and return its file address; `size` overrides the one in its header."""
        self.body += b"\0" * (-self.offset % align)
        address = BASE + self.offset if flags & 2 else 0
        stated = len(data) if size is None else size
        self.sections.append((name, kind, flags, address, self.offset, stated, link, info, entsize))
        self.body += data
        return address

    @property
    def last_index(self) -> int:
        """Section index of the section added last."""
        return len(self.sections)

    def segment(self, kind: int, data_name: str, align: int = 8) -> None:
        """Add a program header for a section that was added."""
        for name, _, _, address, offset, size, *_ in self.sections:
            if name == data_name:
                self.segments.append((kind, offset, address, size, align))

    def symtab(self, symbols: list[Sym], *, tails: bool = True) -> None:
        strings = Strings(tails)
        data = raw_symbols(symbols, strings)
        self.add(".strtab", 3, strings.data, flags=0)
        self.add(".symtab", 2, data, flags=0, link=self.last_index, entsize=24)

    def dynamic(
        self,
        symbols: list[Sym],
        *,
        table: str | None = "gnu",
        buckets: int = 3,
        needed: tuple[str, ...] = (),
        soname: str | None = None,
        versions: dict[int, str] | None = None,
        slots: tuple[tuple[int, int, int, int], ...] = (),
        plt_slots: tuple[tuple[int, int, int, int], ...] = (),
        flags_1: int = 0,
        extra: tuple[tuple[int, int], ...] = (),
    ) -> None:
        """Add the dynamic section and what it points to.

        `slots` and `plt_slots` are (slot file address, relocation type, symbol index, addend); the symbol
        index counts the null symbol.
        """
        if table == "gnu":
            unhashed = [s for s in symbols if s.section == UNDEFINED]
            hashed = [s for s in symbols if s.section != UNDEFINED]

            def bucket(s: Sym) -> int:
                return gnu_hash(s.name if isinstance(s.name, bytes) else s.name.encode()) % buckets

            symbols = unhashed + sorted(hashed, key=bucket)
        strings = Strings()
        data = raw_symbols(symbols, strings)
        entries: list[tuple[int, int]] = [(1, strings.add(name)) for name in needed]
        if soname:
            entries.append((14, strings.add(soname)))
        version_names = {index: strings.add(name) for index, name in (versions or {}).items()}
        dynstr = self.add(".dynstr", 3, strings.data)
        dynsym = self.add(".dynsym", 11, data, link=self.last_index, info=1, entsize=24)
        entries += [(5, dynstr), (10, len(strings.data)), (6, dynsym), (11, 24)]
        if table == "gnu":
            first = sum(s.section == UNDEFINED for s in symbols)
            entries.append(
                (0x6FFFFEF5, self.add(".gnu.hash", 0x6FFFFFF6, raw_gnu_hash(symbols, first, buckets)))
            )
        elif table == "sysv":
            entries.append((4, self.add(".hash", 5, raw_sysv_hash(symbols, buckets))))
        if versions:
            versym = struct.pack(f"<{len(symbols) + 1}H", 0, *(s.version for s in symbols))
            entries.append((0x6FFFFFF0, self.add(".gnu.version", 0x6FFFFFFF, versym)))
            verdef = b""
            for number, (index, name_at) in enumerate(version_names.items(), 1):
                following = 28 if number < len(version_names) else 0
                verdef += struct.pack("<HHHHIII", 1, 0, index, 1, 0, 20, following)
                verdef += struct.pack("<II", name_at, 0)
            entries.append((0x6FFFFFFC, self.add(".gnu.version_d", 0x6FFFFFFD, verdef)))
            entries.append((0x6FFFFFFD, len(version_names)))
        for name, rows, tag, size_tag in ((".rela.dyn", slots, 7, 8), (".rela.plt", plt_slots, 23, 2)):
            if rows:
                rela = b"".join(struct.pack("<QQq", at, s << 32 | t, addend) for at, t, s, addend in rows)
                entries += [(tag, self.add(name, 4, rela, entsize=24)), (size_tag, len(rela))]
        if flags_1:
            entries.append((0x6FFFFFFB, flags_1))
        entries += extra
        raw = b"".join(struct.pack("<qQ", *entry) for entry in [*entries, (0, 0)])
        self.add(".dynamic", 6, raw, flags=3, entsize=16)
        self.segment(2, ".dynamic")

    def bytes(self, *, section_headers: bool = True) -> bytes:
        """Return the file."""
        names = Strings(tails=False)
        rows: list[tuple[int, ...]] = [(0, 0, 0, 0, 0, 0, 0, 0, 0)]
        for name, *rest in self.sections:
            rows.append((names.add(name), *rest))
        rows.append((names.add(".shstrtab"), 3, 0, 0, self.offset, 0, 0, 0, 0))
        rows[-1] = (*rows[-1][:5], len(names.data), *rows[-1][6:])
        image = self.body + names.data
        image += b"\0" * (-(self.room + len(image)) % 8)
        table_at = self.room + len(image)
        segments = [(1, 0, BASE, table_at, PAGE), *self.segments]
        header = struct.pack(
            "<16sHHIQQQIHHHHHH",
            b"\x7fELF\x02\x01\x01",
            self.kind,
            62,
            1,
            self.entry,
            64,
            table_at if section_headers else 0,
            0,
            64,
            56,
            len(segments),
            64,
            len(rows) if section_headers else 0,
            len(rows) - 1 if section_headers else 0,
        )
        for kind, offset, address, size, align in segments:
            flags = 5 if kind == 1 else 4
            header += struct.pack("<IIQQQQQQ", kind, flags, offset, address, address, size, size, align)
        assert len(header) <= self.room
        data = header.ljust(self.room, b"\0") + image
        if section_headers:
            for name_at, kind, flags, address, offset, size, link, info, entsize in rows:
                data += struct.pack(
                    "<IIQQQQIIQQ", name_at, kind, flags, address, offset, size, link, info, 8, entsize
                )
        return data
