"""What one mapped file's debug information says: the door to its DWARF, scopes, types and lines.

The readers below speak file addresses; this is where they meet the load bias.  Nothing is opened before
it is asked for; a file that is missing or broken answers with nothing, and `problems` says why.
"""

from __future__ import annotations

from trapline.base.address import FileAddress, LoadAddress, LoadBias, to_file, to_load
from trapline.base.errors import BadData
from trapline.base.location import Place, Run
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf.file import Dwarf
from trapline.elf.symbols import SymbolTable
from trapline.symbols.lines import LineMatch, Lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from trapline.base.location import SourceLocation
    from trapline.dwarf.die import Die
    from trapline.dwarf.names import Names
    from trapline.dwarf.units import Unit
    from trapline.elf.image import Image
    from trapline.symbols.call_sites import CallSite
    from trapline.symbols.code import Code
    from trapline.symbols.files import DebugFiles
    from trapline.symbols.functions import Function
    from trapline.symbols.macros import MacroTables
    from trapline.symbols.scopes import Scopes
    from trapline.symbols.split import SplitFiles
    from trapline.symbols.type_reader import TypeReader
    from trapline.symbols.types import Type

_NAMES = 256  # whose places are kept: they are asked for again whenever a library is loaded


class DebugInfo:
    """The debug information of one module.

    `image` is the file that was mapped, `debug_image` the one that holds the debug information: the same,
    or the separate one.  `dwarf`, `symbols`, `lines`, `code` and `scopes` speak file addresses.
    """

    __slots__ = (
        "_code", "_macros", "_named", "_opened", "_scopes", "_split", "bias", "debug_image", "dwarf",
        "elsewhere", "image", "lines", "progress", "symbols",
    )  # fmt: skip

    def __init__(self, image: Image, debug_image: Image, bias: LoadBias) -> None:
        """Read nothing yet.

        Raises:
            BadData: the sections with the debug information lie outside the file.
        """
        self.image = image
        self.debug_image = debug_image
        self.bias = bias
        self.progress: Callable[[int, int], object] | None = None
        """Hears, while the index of all names is made, how many units are read, and of how many."""
        self._named: dict[str, list[Place]] = {}
        self._macros: MacroTables | None = None
        self._opened = [] if debug_image is image else [debug_image]
        self.dwarf = Dwarf(debug_image)
        self._split: SplitFiles | None = None
        self.dwarf.find_split = self._find_split
        self.symbols = SymbolTable(debug_image)
        self.lines = Lines(self.dwarf, image, self.symbols)
        self.elsewhere: Callable[[str, int], Die | None] | None = None
        """Finds the definition of a type of this qualified name and DW_TAG in other files."""
        self._code: Code | None = None
        self._scopes: Scopes | None = None

    @classmethod
    def find(cls, image: Image, bias: LoadBias, files: Callable[[], DebugFiles]) -> DebugInfo | None:
        """Return the debug information of a mapped file, in itself or a separate file; None: nowhere.

        `files` is asked for what looks in other files, once there is something to look for.

        Raises:
            BadData: it is there and cannot be read.
        """
        debug_image = image if image.section(".debug_info") is not None else files().separate(image)
        if debug_image is None:
            return None
        found = cls(image, debug_image, bias)

        def supplementary() -> Dwarf | None:
            other = files().supplementary(debug_image)
            if other is None:
                return None
            found._opened.append(other)
            return Dwarf(other)

        found.dwarf.find_supplementary = supplementary
        return found

    def _find_split(self, unit: Unit) -> Dwarf | None:
        if self._split is None:
            from trapline.symbols.split import SplitFiles

            self._split = SplitFiles(self.image.name, self.debug_image.name)
        return self._split.find(unit)

    def _make_names(self) -> Names:
        from trapline.dwarf.names import Names  # half the time to import all this

        names = Names(self.dwarf)
        names.progress = self.progress
        return names

    def close(self) -> None:
        """Close the separate files; the mapped one belongs to the module."""
        if self._split is not None:
            self._split.close()
        for image in self._opened:
            image.close()

    @property
    def code(self) -> Code:
        """What is at addresses; a breakpoint on a function or a line does not ask."""
        if self._code is None:
            from trapline.symbols.code import Code

            self._code = Code(
                self.dwarf,
                self.lines,
                lambda die: self.scopes.definition(die),
                lambda die: self.scopes.placed(die),
            )
        return self._code

    @property
    def scopes(self) -> Scopes:
        """What names mean; what is found by address asks for none."""
        if self._scopes is None:
            from trapline.symbols.scopes import Scopes

            self._scopes = Scopes(self.code, self._make_names, self.elsewhere)
        return self._scopes

    @property
    def types(self) -> TypeReader:
        """The types that the file describes."""
        return self.code.types

    @property
    def macros(self) -> MacroTables:
        """The macros that the file describes."""
        if self._macros is None:
            from trapline.symbols.macros import MacroTables  # few programs have any

            self._macros = MacroTables(self.dwarf, self.lines)
        return self._macros

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the file, as far as it was read."""
        own = self._code.types.problem if self._code is not None else None
        found = [*self.dwarf.problems, *self.split_problems]
        return (*found, *((own,) if own and own not in found else ()))

    @property
    def split_problems(self) -> tuple[str, ...]:
        """Which files that debug information was split off to cannot be used, as far as they were wanted."""
        return tuple(self._split.problems) if self._split is not None else ()

    def to_load(self, address: FileAddress) -> LoadAddress:
        """Return the load address of a file address."""
        return to_load(address, self.bias)

    def to_file(self, address: LoadAddress) -> FileAddress:
        """Return the file address of a load address."""
        return to_file(address, self.bias)

    # Lines

    def _loaded(self, place: Place) -> Place:
        return place._replace(address=self.to_load(FileAddress(place.address)))

    def _loaded_run(self, run: Run | None) -> Run | None:
        if run is None:
            return None
        start, end = self.to_load(FileAddress(run.start)), self.to_load(FileAddress(run.end))
        return Run(start, end, run.source, run.is_stmt)

    def run_at(self, address: LoadAddress) -> Run | None:
        """Return the line that a stop at a load address is shown at, with the load addresses of its row."""
        return self._loaded_run(self.lines.run_at(self.to_file(address)))

    def same_line(self, address: LoadAddress) -> list[Run]:
        """Return all rows of a line in one function, at load addresses; see `Lines.same_line`."""
        rows = map(self._loaded_run, self.lines.same_line(self.to_file(address)))
        return [row for row in rows if row is not None]

    def row_of(self, file: str, line: int, name: str = "") -> Run | None:
        """Return the first row of a line, or of the next that has code, at load addresses."""
        return self._loaded_run(self.lines.row_of(file, line, name))

    def row_at(self, address: LoadAddress) -> SourceLocation | None:
        """Return the line that a stop at a load address is shown at, None when there is none."""
        return self.lines.row_at(self.to_file(address))

    def instruction_at(self, address: LoadAddress) -> SourceLocation | None:
        """Return the line that the instruction at a load address came from, as addr2line does."""
        return self.lines.instruction_at(self.to_file(address))

    def locations(self, file: str, line: int) -> LineMatch | None:
        """Return where to stop for a line of a file, at load addresses; see `Lines.locations`."""
        match = self.lines.locations(file, line)
        if match is None:
            return None
        return match._replace(places=[self._loaded(place) for place in match.places])

    def function_place(self, start: LoadAddress, size: int = 0) -> Place | None:
        """Return where a breakpoint on the function at a load address belongs; see `Lines.function_place`."""
        place = self.lines.function_place(self.to_file(start), size)
        return self._loaded(place) if place is not None else None

    def stepped_place(self, start: LoadAddress) -> LoadAddress | None:
        """Return where a step into the function at a load address ends; see `Lines.stepped_place`."""
        place = self.lines.stepped_place(self.to_file(start))
        return self.to_load(FileAddress(place)) if place is not None else None

    def function_starts(self, name: str) -> list[LoadAddress]:
        """Return the load address of each function and template instance of a name, not of inlined calls."""
        return [
            self.to_load(function.ranges[0].start)
            for function in self.scopes.functions(name)
            if not function.is_inlined
        ]

    def functions_named(self, name: str) -> list[Place]:
        """Return where a breakpoint on a name belongs: each function, template instance and inlined call."""
        known = self._named.get(name)
        if known is not None:
            return known
        found = []
        for function in self.scopes.functions(name):
            start = function.ranges[0].start
            lines = self.lines
            place = lines.inlined_place(start) if function.is_inlined else lines.function_place(start)
            found.append(self._loaded(place or Place(start)))
        if len(self._named) >= _NAMES:
            self._named.clear()
        self._named[name] = found
        return found

    # Functions

    def functions_at(self, address: LoadAddress) -> list[Function]:
        """Return the function at a load address behind the inlined calls that are there, innermost first.

        What they say of themselves is in file addresses.
        """
        return self.code.functions_at(self.to_file(address))

    def cpp_signature(self, start: LoadAddress) -> str | None:
        """Return the name and the parameters of the C++ function at a load address, None for all others."""
        return self.code.cpp_signature(self.to_file(start))

    def implementer(self, table: LoadAddress) -> Type | None:
        """Return the type that a table of a Rust trait's functions at a load address is for, or None."""
        return self.code.implementer(self.to_file(table))

    def call_site(self, return_address: LoadAddress) -> CallSite | None:
        """Return the call that comes back to a load address, None where the file describes none."""
        return self.code.call_site(self.to_file(return_address))


def open_debug_info(
    image: Image, bias: LoadBias, files: Callable[[], DebugFiles]
) -> tuple[DebugInfo | None, str | None]:
    """Return a file's debug information and None, or None and why it cannot be read (None: it has none)."""
    try:
        return DebugInfo.find(image, bias, files), None
    except BadData as error:
        return None, str(error)
