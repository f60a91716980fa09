"""The symbols of one ELF file, by name and by address.

Three tables count: `.symtab`, `.dynsym`, and the `.symtab` inside `.gnu_debugdata`.  PLT stubs are no
symbols here: an undefined entry whose value is a stub's address stays undefined.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from itertools import accumulate, compress, repeat
from operator import add

from trapline.base.errors import BadData
from trapline.base.typing import TYPE_CHECKING
from trapline.elf import image as elf
from trapline.elf.image import Image
from trapline.elf.symtab import (
    ENTRY_SIZE,
    SHN_LORESERVE,
    SHN_UNDEF,
    STT_FUNC,
    STT_GNU_IFUNC,
    STT_NOTYPE,
    STT_OBJECT,
    DynamicTable,
    ElfSymbol,
    Table,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from trapline.base.address import FileAddress

__all__ = ["ElfSymbol", "SymbolTable", "split_version"]

_MAX = (1 << 64) - 1
_HAS_ADDRESS = bytes(info & 15 in (STT_NOTYPE, STT_OBJECT, STT_FUNC, STT_GNU_IFUNC) for info in range(256))
_NOT_ZERO = bytes(byte != 0 for byte in range(256))
_NOT_RESERVED = bytes(byte != SHN_LORESERVE >> 8 for byte in range(256))
_NEAR_LIMIT = 5000  # names that are compared letter by letter; difflib takes some 10 us each
_SCANNED = 20000  # symbols from which on a first question by address is answered without sorting them
_SCANS = 6  # such questions before they are sorted after all
_KIND_ORDER = {"function": 0, "ifunc": 0, "object": 1, "common": 1, "tls": 2}


def split_version(name: str) -> tuple[str, str | None]:
    """Return the name and the version (or None) of `memcpy@GLIBC_2.14` and `memcpy@@GLIBC_2.14`."""
    base, mark, version = name.partition("@")
    return (base, version.lstrip("@")) if mark and base else (name, None)


def _selected(entries: bytes) -> bytes:
    """Return one byte an entry: 1 for a function, object or label that a section of this file holds.

    Byte columns are combined as long integers.  Reserved section indices (from 0xFF00: absolute, common,
    and the escape that only relocatable files need) are no places.
    """
    kinds, low, high = entries[4::ENTRY_SIZE], entries[6::ENTRY_SIZE], entries[7::ENTRY_SIZE]
    defined = _as_integer(low.translate(_NOT_ZERO)) | _as_integer(high.translate(_NOT_ZERO))
    chosen = _as_integer(kinds.translate(_HAS_ADDRESS)) & _as_integer(high.translate(_NOT_RESERVED)) & defined
    return chosen.to_bytes(len(kinds), "little")


def _as_integer(column: bytes) -> int:
    return int.from_bytes(column, "little")


class _Places:
    """The addresses of the symbols of all tables, sorted, with what `at()` needs beside each."""

    __slots__ = ("ends", "highest", "indices", "starts")

    def __init__(self, tables: tuple[Table, ...]) -> None:
        """Sort once, every step at C speed.

        Raises:
            BadData: the file was cut short meanwhile.
        """
        starts, ends, indices = array("Q"), array("Q"), array("Q")
        for number, table in enumerate(tables):
            first = number << 32
            for chunk in table.entries.chunks():
                words = memoryview(chunk).cast("Q")
                kept = _selected(chunk)
                values, sizes = words[1::3].tolist(), words[2::3].tolist()
                starts.extend(compress(values, kept))
                # An end past 64 bits is a lie, but must fit the array.
                ends.extend(map(min, compress(map(add, values, sizes), kept), repeat(_MAX)))
                indices.extend(compress(range(first, first + len(kept)), kept))
                first += len(kept)
        order = sorted(range(len(starts)), key=starts.__getitem__)
        self.starts = array("Q", map(starts.__getitem__, order))
        self.ends = array("Q", map(ends.__getitem__, order))
        self.indices = array("Q", map(indices.__getitem__, order))
        # highest[i] is the highest end of the first i + 1 symbols: how far back it is worth looking.
        self.highest = array("Q", accumulate(self.ends, max))

    def around(self, address: int) -> list[int]:
        """Return the places of the innermost sized symbols at an address, else of unsized ones before it."""
        nearest = at = bisect_right(self.starts, address) - 1
        found: list[int] = []
        start = -1
        while at >= 0 and self.highest[at] > address and (not found or self.starts[at] == start):
            if self.ends[at] > address:
                start = self.starts[at]
                found.append(self.indices[at])
            at -= 1
        if not found and nearest >= 0:
            start, at = self.starts[nearest], nearest
            while at >= 0 and self.starts[at] == start:
                if self.ends[at] == start:
                    found.append(self.indices[at])
                at -= 1
        return found


def _scan(tables: tuple[Table, ...], address: int) -> list[int]:
    """Return what `_Places.around()` returns, in one pass: an eighth of the cost of sorting, each time."""
    hits: list[tuple[int, int, int]] = []
    nearest = -1
    for number, table in enumerate(tables):
        first = number << 32
        for chunk in table.entries.chunks():
            words = memoryview(chunk).cast("Q")
            rows = zip(words[1::3].tolist(), words[2::3].tolist(), _selected(chunk), strict=True)
            hits += [
                (start, size, place)
                for place, (start, size, kept) in enumerate(rows, first)
                if kept and start <= address and (start >= nearest or address < start + size)
            ]
            first += len(chunk) // ENTRY_SIZE
            nearest = max((start for start, _, _ in hits), default=-1)
            hits = [hit for hit in hits if hit[0] == nearest or address < hit[0] + hit[1]]
    sized = [hit for hit in hits if address < hit[0] + hit[1]]
    if sized:
        innermost = max(sized)[0]
        return [place for start, _, place in sized if start == innermost]
    return [place for start, size, place in hits if not size]


class SymbolTable:
    """Every symbol that one ELF file tells: `.symtab`, `.dynsym` and `.gnu_debugdata`.

    A broken table counts as absent; `problems` says what is wrong with it.
    """

    __slots__ = ("_dynamic", "_image", "_mini", "_places", "_scans", "_static", "problems")

    def __init__(self, image: Image) -> None:
        """Read nothing yet."""
        self._image = image
        self._static: Table | None = None
        self._dynamic: Table | None = None
        self._mini: Table | None = None
        self._places: _Places | None = None
        self._scans = 0
        self.problems: list[str] = []

    def _tables(self) -> tuple[Table, ...]:
        """Return the three tables, the best for names first, an absent one empty."""
        if self._dynamic is None:
            self._dynamic = self._guarded(DynamicTable, self._image)
        if self._static is None:
            self._static = self._guarded(_static_table, self._image)
        if self._mini is None:
            self._mini = self._guarded(_mini_table, self._image)
        return self._dynamic, self._static, self._mini

    def _guarded(self, read: Callable[[Image], Table], image: Image) -> Table:
        try:
            return read(image)
        except BadData as error:
            self._note(error)
            return Table.empty(image, "")

    def _note(self, error: BadData) -> None:
        """Keep what is wrong, once."""
        if str(error) not in self.problems:
            self.problems.append(str(error))

    def __iter__(self) -> Iterator[ElfSymbol]:
        """Yield every symbol of every table, undefined ones too.

        Raises:
            BadData: a name lies outside its table.
        """
        for table in self._tables():
            yield from table

    # By name

    def lookup(self, name: str) -> tuple[ElfSymbol, ...]:
        """Return the defined symbols called `name`, the one a user means first.

        Functions come before data, the default version before old ones, global before local.  `name` may
        carry a version (`memcpy@GLIBC_2.2.5`), which then must be the symbol's.
        """
        base, version = split_version(name)
        try:
            wanted = base.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            return ()
        if not wanted or b"\0" in wanted:
            return ()
        found: dict[tuple[str, int, str | None], ElfSymbol] = {}
        for table in self._tables():
            try:
                symbols = [table.symbol(index) for index in table.find(wanted)]
            except BadData as error:
                self._note(error)
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
        for _, _, name in self._named():
            yield name

    def _named(self) -> Iterator[tuple[Table, int, str]]:
        for table in self._tables():
            try:
                for index, name in table.named():
                    yield table, index, name.decode("utf-8", "surrogateescape")
            except BadData as error:
                self._note(error)

    def undefined(self) -> Iterator[str]:
        """Yield the names that the file wants from others, versions cut off."""
        dynamic, static, _ = self._tables()
        try:
            for _, row, name in (dynamic if dynamic.count else static).rows():
                if name and row[3] == SHN_UNDEF:
                    yield name.decode("utf-8", "surrogateescape")
        except BadData as error:
            self._note(error)

    def imported_name(self, index: int) -> str:
        """Return the name at an index of `.dynsym`, as relocations refer to it; empty when there is none."""
        table = self._tables()[0]
        if index >= table.count:
            return ""
        try:
            return table.symbol(index).name
        except BadData as error:
            self._note(error)
            return ""

    def matching(self, fits: Callable[[str], object]) -> tuple[ElfSymbol, ...]:
        """Return the defined symbols whose name `fits` takes for one, sorted by name and address."""
        found: dict[tuple[str, int, str | None], ElfSymbol] = {}
        for table, index, name in self._named():
            if fits(name):
                try:
                    self._add(found, table.symbol(index))
                except BadData as error:
                    self._note(error)
        return tuple(sorted(found.values(), key=lambda symbol: (symbol.name, symbol.address)))

    def names_with(self, needles: Iterable[bytes]) -> Iterator[str]:
        """Yield the names that have one of `needles` in them; some repeat.

        No symbol is decoded: the strings are searched, and so names of undefined symbols are among them.
        """
        for table in self._tables():
            for needle in needles:
                for name in table.strings.texts_with(needle):
                    yield split_version(name.decode("utf-8", "surrogateescape"))[0]

    def has_text(self, text: str) -> bool:
        """Return whether some name has `text` in it; see `names_with`."""
        needle = text.encode("utf-8", "surrogateescape")
        return any(table.strings.find((needle,), 1) for table in self._tables())

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
        try:
            return self._at(address)
        except BadData as error:
            self._note(error)
            return None

    def _at(self, address: FileAddress) -> ElfSymbol | None:
        tables = self._tables()
        if self._places is None:
            self._scans += 1
            if self._scans > _SCANS or sum(table.count for table in tables) < _SCANNED:
                self._places = _Places(tables)
        found = _scan(tables, address) if self._places is None else self._places.around(address)
        best = [tables[place >> 32].symbol(place & 0xFFFFFFFF) for place in found]
        return max(
            (
                symbol
                for symbol in best
                if symbol.name and (symbol.size or address < self._section_end(symbol))
            ),
            key=_choice,
            default=None,
        )

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


def _static_table(image: Image) -> Table:
    """Return `.symtab`."""
    for section in image.sections:
        if section.type == elf.SHT_SYMTAB:
            return Table.of_section(image, section)
    return Table.empty(image, ".symtab")


def _mini_table(image: Image) -> Table:
    """Return the `.symtab` of `.gnu_debugdata`: what a stripped file kept of its functions.

    Source: gdb manual, MiniDebugInfo.
    """
    section = image.section(".gnu_debugdata")
    if section is None:
        return Table.empty(image, ".gnu_debugdata")
    from trapline.elf.compression import decompress_xz

    try:
        data = decompress_xz(image.section_bytes(section))
    except ValueError as error:
        raise BadData(str(error), file=image.name, section=section.name) from None
    return _static_table(Image.from_bytes(data, f"{image.name}({section.name})"))
