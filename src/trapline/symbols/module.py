"""One mapped ELF file: its symbols at the addresses where it was loaded.

Source: System V gABI, Program Loading.
"""

from __future__ import annotations

import os
import struct

from trapline.base.address import ADDRESS_MASK, FileAddress, LoadAddress, LoadBias, to_file, to_load
from trapline.base.errors import BadData
from trapline.base.fact import NamedTuple
from trapline.base.handles import Handle
from trapline.base.typing import TYPE_CHECKING
from trapline.elf.image import SHF_ALLOC, SHF_WRITE, SHT_NOBITS, Image
from trapline.elf.symbols import SymbolTable
from trapline.elf.symtab import ElfSymbol

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Sequence

    from trapline.dwarf.cfi import CallFrameInfo
    from trapline.dwarf.die import Die
    from trapline.elf.dynamic import Relocations
    from trapline.symbols.debuginfo import DebugInfo
    from trapline.symbols.files import DebugFiles

_DELETED = " (deleted)"
_SEQUENCE = struct.Struct("<IIQQQ")
_MOST_SEQUENCES = 4096


class Symbol(NamedTuple):
    """A name and where it is in the inferior; usable wherever an address is.

    `address` is a load address, `size` is bytes (0 when the file does not say), `module` the path of the
    file that defines it.
    """

    name: str
    address: int
    size: int
    module: str

    def __index__(self) -> int:
        """Return the load address."""
        return self.address


def _find_where_usual() -> DebugFiles:
    from trapline.symbols.files import DebugFiles

    return DebugFiles()


class LoadedSection(NamedTuple):
    """A section in memory: load addresses of its first byte and of its end, exclusive."""

    name: str
    start: int
    end: int
    is_writable: bool


class Module(Handle):
    """One ELF file that is mapped into the inferior.

    `path` is as the kernel or the loader states it, `bias` the load bias, `ranges` the load address ranges
    (start inclusive, end exclusive) that it is mapped at.  The file is opened when something is first
    asked of it; one that is missing or broken answers with nothing, and `problem` says why.
    """

    __slots__ = (
        "_awaited",
        "_call_frames",
        "_debug",
        "_image",
        "_opened",
        "_problem",
        "_relocations",
        "_sequences",
        "_symbols",
        "_was_searched",
        "bias",
        "find_debug_files",
        "indexing",
        "mapped_file",
        "open_path",
        "path",
        "ranges",
        "siblings",
    )

    def __init__(
        self,
        path: str,
        bias: LoadBias,
        ranges: Sequence[tuple[int, int]] = (),
        *,
        open_path: str | None = None,
        image: Image | None = None,
    ) -> None:
        """Note what is mapped where; nothing is opened.

        Args:
            path: the file, as mapped; a final ` (deleted)` of the kernel is dropped.
            bias: load bias.
            ranges: mapped load address ranges, the end exclusive.
            open_path: where to open the file instead (`/proc/PID/map_files/...` of a deleted one).
            image: the file itself, when it is not on disk (the vDSO).
        """
        self.path = path.removesuffix(_DELETED)
        self.bias = bias
        self.ranges = tuple((start, end) for start, end in ranges)
        self.open_path = open_path
        self._problem: str | None = None
        self._image = image
        self._opened = image is not None
        self._symbols: SymbolTable | None = None
        self._relocations: Relocations | None = None
        self._sequences: tuple[range, ...] | None = None
        self._call_frames: CallFrameInfo | None = None
        self.find_debug_files: Callable[[], DebugFiles] = _find_where_usual
        """Tells where separate debug information is looked for: at first, where distributions put it."""
        self.mapped_file: Callable[[], tuple[int, int]] | None = None
        """Tells st_dev and st_ino of the file that is mapped, so that a replaced one is noticed."""
        self.indexing: Callable[[int, int], object] | None = None
        """Hears, while the index of all names is made, how many units are read, and of how many."""
        self._awaited: Callable[[], bool] | None = None
        self.siblings: Sequence[Module] = ()
        """The modules of the same process: what this one only declares may be defined there."""
        self._debug: DebugInfo | None = None
        self._was_searched = False

    def __repr__(self) -> str:
        return f"Module({self.path!r}, bias={self.bias:#x})"

    @property
    def name(self) -> str:
        """The file's base name."""
        return self.path.rpartition("/")[2] or self.path

    def sections(self) -> list[tuple[str, int, int]]:
        """Return the sections that are in memory: name, first load address, load address of the end."""
        if self.image is None:
            return []
        found = [one for one in self.image.sections if one.flags & SHF_ALLOC and one.size]
        return [
            (one.name, to_load(one.address, self.bias), to_load(one.address, self.bias) + one.size)
            for one in found
        ]

    def filled_sections(self) -> list[LoadedSection]:
        """Return the sections in memory whose first content the file has: not `.bss`."""
        image = self.image
        known = image.sections if image is not None else ()
        return [
            LoadedSection(
                one.name,
                to_load(one.address, self.bias),
                to_load(one.address, self.bias) + one.size,
                bool(one.flags & SHF_WRITE),
            )
            for one in known
            if one.flags & SHF_ALLOC and one.size and one.type != SHT_NOBITS
        ]

    @property
    def problem(self) -> str | None:
        """Why the file, or a symbol table of it, answers with nothing; None while none is known to."""
        if self._problem is None and self._symbols is not None and self._symbols.problems:
            return self._symbols.problems[0]
        return self._problem

    @problem.setter
    def problem(self, reason: str) -> None:
        self._problem = reason

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a user is to be told once: `problem`, and which parts of its debug information are missing."""
        problem = self.problem
        split = self._debug.split_problems if self._debug is not None else ()
        return (problem, *split) if problem is not None else split

    @property
    def soname(self) -> str | None:
        """The name that a library gives itself, None for a program or an unreadable file."""
        image = self.image
        try:
            return image.soname if image is not None else None
        except BadData as error:
            self._problem = str(error)
            return None

    @property
    def image(self) -> Image | None:
        """The ELF file, opened now if it was not; None when it cannot be, and `problem` says why."""
        if not self._opened:
            self._opened = True
            try:
                self._image = Image.open(self.open_path or self.path)
            except OSError as error:
                self._problem = f"{self.path}: {error.strerror or error}"
            except BadData as error:
                self._problem = str(error)
        return self._image

    @property
    def elf_symbols(self) -> SymbolTable | None:
        """The file's symbols at file addresses, None when it cannot be read."""
        if self._symbols is None and (image := self.image) is not None:
            self._symbols = SymbolTable(image)
        return self._symbols

    @property
    def _stripped(self) -> SymbolTable | None:
        """The symbols that the file was stripped of and a separate one has; None where there is none."""
        image = self.image
        try:
            if image is None or image.section(".symtab") is not None:
                return None
        except BadData:
            return None  # said where the file's own symbols are read
        debug = self.debug
        return debug.symbols if debug is not None and debug.debug_image is not image else None

    def _symbol_tables(self) -> list[SymbolTable]:
        return [table for table in (self.elf_symbols, self._stripped) if table is not None]

    @property
    def relocations(self) -> Relocations | None:
        """The file's GOT slots and PLT stubs at file addresses, None when it cannot be read."""
        from trapline.elf.dynamic import Relocations

        image, symbols = self.image, self.elf_symbols
        if self._relocations is None and image is not None and symbols is not None:
            self._relocations = Relocations(image, symbols)
        return self._relocations

    @property
    def call_frames(self) -> CallFrameInfo | None:
        """The file's unwinding rules at file addresses, None when it cannot be read."""
        if self._call_frames is None and (image := self.image) is not None:
            from trapline.dwarf.cfi import CallFrameInfo

            self._call_frames = CallFrameInfo(image, self._separate_image)
        return self._call_frames

    def _separate_image(self) -> Image | None:
        """Return the file that the debug information was moved to; None where it was not, or it is gone."""
        debug = self.debug
        return debug.debug_image if debug is not None and debug.debug_image is not self.image else None

    @property
    def debug(self) -> DebugInfo | None:
        """The file's debug information, None when there is none or it cannot be read: see `problem`."""
        if self._awaited is not None and self._awaited():
            self._was_searched, self._awaited = False, None  # a server has sent it meanwhile
        if not self._was_searched:
            self._was_searched = True
            image = self.image
            if image is not None:
                from trapline.symbols.debuginfo import open_debug_info

                self._debug, problem = open_debug_info(image, self.bias, self.find_debug_files)
                self._problem = self._problem or self._replaced(image) or problem
                if self._debug is None:
                    self._awaited = self.find_debug_files().request(image)
                if self._debug is not None:
                    self._debug.elsewhere = self._defined_elsewhere
                    self._debug.progress = self.indexing
        return self._debug

    def _replaced(self, image: Image) -> str | None:
        """Return a line that says so when the file that was opened is not the one that is mapped."""
        if self.mapped_file is None or (opened := image.identity) is None:
            return None
        device, inode = self.mapped_file()
        if not inode or (opened.device, opened.inode) == (device, inode):
            return None
        return (
            f"{self.path} was replaced on disk since it was mapped: "
            "names and lines may be those of the new file"
        )

    def _defined_elsewhere(self, name: str, tag: int) -> Die | None:
        """Return the DIE that defines a type of a qualified name and DW_TAG in another module."""
        for module in self.siblings:
            debug = module.debug if module is not self else None
            found = debug.scopes.defining(name, tag) if debug is not None else None
            if found is not None:
                return found
        return None

    def close(self) -> None:
        """Close the file; a later question opens it again (by a path that may then be another build)."""
        if self._debug is not None:
            self._debug.close()
        self._debug = None
        self._was_searched = False
        if self._image is not None and self._image.identity is not None:
            self._image.close()
            self._image = self._symbols = self._relocations = self._call_frames = None
            self._opened = False

    def answers_to(self, name: str) -> bool:
        """Whether a user's `name` means this module: its path, base name or soname."""
        if "/" in name:
            return name == self.path or os.path.realpath(name) == self.path
        return name == self.name or name == self.soname

    # Addresses

    def contains(self, address: LoadAddress) -> bool:
        """Whether a load address lies in one of the ranges."""
        return any(start <= address < end for start, end in self.ranges)

    def to_load(self, address: FileAddress) -> LoadAddress:
        """Return the load address of a file address."""
        return to_load(address, self.bias)

    def to_file(self, address: LoadAddress) -> FileAddress:
        """Return the file address of a load address."""
        return to_file(address, self.bias)

    # Symbols

    def _loaded(self, symbol: ElfSymbol) -> Symbol:
        return Symbol(symbol.name, (symbol.address + self.bias) & ADDRESS_MASK, symbol.size, self.path)

    def lookup(self, name: str) -> tuple[ElfSymbol, ...]:
        """Return the defined ELF symbols called `name` at file addresses, the one a user means first."""
        table = self.elf_symbols
        found = table.lookup(name) if table is not None else ()
        return found or self._stubs(name)

    def _stubs(self, name: str | None = None) -> tuple[ElfSymbol, ...]:
        """Return the stubs of the PLT, of which linkers make no symbols: all, or `puts@plt`."""
        if (name is not None and not name.endswith("@plt")) or self.relocations is None:
            return ()
        return tuple(
            ElfSymbol(stub.name, None, stub.address, stub.size, "function", "local", 0, True, True)
            for stub in self.relocations.stubs()
            if name in (None, stub.name)
        )

    def lookup_stripped(self, name: str) -> tuple[ElfSymbol, ...]:
        """Return the symbols called `name` that only a separate file still has: local ones, as a rule."""
        table = self._stripped
        return table.lookup(name) if table is not None else ()

    def symbols(self, name: str) -> tuple[Symbol, ...]:
        """Return the symbols called `name`, the one a user means first.

        Thread-local ones are left out, they have an address only in a thread.
        """
        return tuple(self._loaded(symbol) for symbol in self.lookup(name) if symbol.kind != "tls")

    def symbol(self, name: str) -> Symbol | None:
        """Return the symbol that a user means by `name`, None when there is none."""
        found = self.symbols(name)
        return found[0] if found else None

    def stripped_symbol(self, name: str) -> Symbol | None:
        """Return the symbol called `name` that only a separate file still has, None when it has none."""
        found = [symbol for symbol in self.lookup_stripped(name) if symbol.kind != "tls"]
        return self._loaded(found[0]) if found else None

    def symbol_at(self, address: LoadAddress) -> Symbol | None:
        """Return the symbol that contains a load address, a PLT stub as `puts@plt` and its slot, else None.

        A separate file is asked only where no symbol of the file itself reaches the address.
        """
        table, relocations = self.elf_symbols, self.relocations
        if table is None or relocations is None:
            return None
        place = self.to_file(address)
        stub = relocations.plt_stub_at(place)
        if stub is not None:
            return Symbol(stub.name, self.to_load(stub.address), stub.size, self.path)
        if not self.is_code(address) and (slot := relocations.slot_at(place)) is not None:
            return Symbol(slot.name, self.to_load(slot.address), slot.size, self.path)
        symbol = table.at(place)
        if (symbol is None or not symbol.size) and (stripped := self._stripped) is not None:
            symbol = stripped.at(place) or symbol
        return self._loaded(symbol) if symbol is not None else None

    def is_code(self, address: LoadAddress) -> bool:
        """Whether the file says that a load address is executable."""
        image, place = self.image, self.to_file(address)
        segments = image.text_segments if image is not None else ()
        return any(0 <= place - one.vaddr < one.memsz for one in segments)

    def matching(self, pattern: re.Pattern[str]) -> tuple[Symbol, ...]:
        """Return the symbols in whose name `pattern` is found, sorted by name; no thread-local ones.

        It may be found in the name as the linker knows it or as people write it, for which what a template
        returns is no part of its name.
        """
        from trapline.symbols.demangle import demangle
        from trapline.symbols.naming import without_result

        anchored = "^" in pattern.pattern or "\\A" in pattern.pattern

        def fits(name: str) -> bool:
            if pattern.search(name) is not None:
                return True
            written = demangle(name)
            if pattern.search(written) is not None:
                return True
            returns = anchored and written is not name and ">(" in written
            return returns and pattern.search(without_result(written)) is not None

        found = {
            (symbol.name, symbol.address): self._loaded(symbol)
            for table in self._symbol_tables()
            for symbol in table.matching(fits)
            if symbol.kind != "tls"
        }
        found |= {(stub.name, stub.address): self._loaded(stub) for stub in self._stubs() if fits(stub.name)}
        return tuple(found[key] for key in sorted(found))

    def names_with(self, needle: bytes) -> set[str]:
        """Return the names that have `needle` in them, as the linker knows them, undefined ones too."""
        return {name for table in self._symbol_tables() for name in table.names_with([needle])}

    def written(self, name: str) -> list[str]:
        """Return the symbols of functions that a name as people write it means, `ns::f` or `A::f(int)`."""
        table = self.elf_symbols
        if table is None or not name:
            return []
        from trapline.symbols.mangled import names_meant

        return names_meant(table, name)

    def drop_glue(self, type_name: str) -> list[LoadAddress]:
        """Return the load addresses of what drops a value of a Rust type of the program's own."""
        table = self.elf_symbols
        if table is None:
            return []
        from trapline.symbols.mangled import drop_glue

        found = (self.symbol(name) for name in drop_glue(table, type_name))
        return [LoadAddress(symbol.address) for symbol in found if symbol is not None]

    def namesakes(self, name: str) -> list[str]:
        """Return the symbols of the functions in namespaces and classes of C++ whose own name is `name`.

        An identifier is wanted.  Where there are none, a search of the strings is all it costs.
        """
        table = self.elf_symbols
        if table is None or not table.has_text(f"{len(name)}{name}"):
            return []
        from trapline.symbols.mangled import is_rust, names_meant

        return [symbol for symbol in names_meant(table, name) if not is_rust(symbol)]

    def names_beginning(self, text: str) -> set[str]:
        """Return the names of functions and variables that begin with `text`, as people write them."""
        from trapline.symbols.demangle import demangle

        shown = {
            demangle(name)
            for table in self._symbol_tables()
            for name in table.names()
            if name.startswith((text, "_Z", "_R"))
        }
        return {name for name in shown if name.startswith(text)}

    def names_near(self, name: str) -> tuple[str, ...]:
        """Return at most three names of symbols that look like `name`, the most alike first."""
        table = self.elf_symbols
        return table.near(name) if table is not None else ()

    def restartable_sequences(self) -> tuple[range, ...]:
        """Return the load addresses of the restartable sequences that this file declares.

        Source: rseq(2), struct rseq_cs; the section `__rseq_cs`.
        """
        if self._sequences is None:
            self._sequences = self._read_sequences()
        return self._sequences

    def _read_sequences(self) -> tuple[range, ...]:
        image = self.image
        try:
            section = image.section("__rseq_cs") if image is not None else None
            if section is None or image is None or (relocations := self.relocations) is None:
                return ()
            data = image.section_bytes(section)[: _MOST_SEQUENCES * _SEQUENCE.size]
        except BadData as error:
            self.problem = str(error)
            return ()
        pointers = relocations.relative_pointers(section.address, len(data))
        found = []
        for at in range(0, len(data) - _SEQUENCE.size + 1, _SEQUENCE.size):
            _, _, start, length, _ = _SEQUENCE.unpack_from(data, at)
            start = pointers.get(FileAddress(section.address + at + 8), start)
            load = self.to_load(FileAddress(start))
            found.append(range(load, load + length))
        return tuple(found)

    def ifunc_slot(self, resolver: FileAddress) -> LoadAddress | None:
        """Return where the loader stores the implementation that an IFUNC's resolver chose.

        None when this file has no such slot of its own; another module's slot for the name may have it.

        Source: x86-64 psABI, R_X86_64_IRELATIVE.
        """
        relocations = self.relocations
        slot = relocations.irelative_slots().get(resolver) if relocations is not None else None
        return self.to_load(slot) if slot is not None else None

    def import_slot(self, name: str) -> LoadAddress | None:
        """Return the GOT slot where the loader stores the address of the imported function `name`.

        Source: x86-64 psABI, R_X86_64_JUMP_SLOT and R_X86_64_GLOB_DAT.
        """
        relocations = self.relocations
        slot = relocations.jump_slots().get(name) if relocations is not None else None
        return self.to_load(slot) if slot is not None else None

    def copy_of(self, name: str) -> LoadAddress | None:
        """Return where a program has its own copy of a library's variable; None where it has none.

        The library itself uses that copy; its own bytes are what the variable began as.

        Source: x86-64 psABI, R_X86_64_COPY.
        """
        relocations = self.relocations
        copy = relocations.copies().get(name) if relocations is not None else None
        return self.to_load(copy) if copy is not None else None
