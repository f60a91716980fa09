"""From addresses to lines and back, over all units of one file.

What it costs is bounded by what was asked: an address reads the table of one unit, a file name reads the
headers of all tables and runs the programs of those that name it.  All addresses are file addresses.
"""

from __future__ import annotations

from trapline.base.address import FileAddress
from trapline.base.errors import BadData
from trapline.base.fact import NamedTuple
from trapline.base.location import Place, Run, SourceLocation
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.dwarf.lines import LineProgram
from trapline.symbols.blocks import Block, Blocks
from trapline.symbols.filenames import FileNames, location, location_of
from trapline.symbols.linetable import LineTable, Span
from trapline.symbols.prologue import Prologues, may_be_inside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from trapline.dwarf import abbreviations
    from trapline.dwarf.cfi import CallFrameInfo
    from trapline.dwarf.file import Dwarf
    from trapline.dwarf.units import Unit
    from trapline.elf.image import Image
    from trapline.elf.symbols import SymbolTable

_ANSWERS = 1024  # kept
_KEPT = 16  # units whose blocks are held; a stack goes through few at a time
_KEPT_ROWS = 250_000  # of tables held, some 40 MB
_ASSEMBLERS = frozenset((dw.DW_LANG_Mips_Assembler,))
_VARIABLES = frozenset((dw.DW_TAG_variable, dw.DW_TAG_formal_parameter))
_LIST_FORMS = frozenset((dw.DW_FORM_sec_offset, dw.DW_FORM_loclistx, dw.DW_FORM_data4, dw.DW_FORM_data8))


class LineMatch(NamedTuple):
    """Where a line of a file is: `line` is the one that has code, the asked one or the next behind it."""

    line: int
    places: list[Place]


class Lines:
    """The line information of one file; a broken table answers with nothing, and the `Dwarf` notes why."""

    __slots__ = (
        "_blocks",
        "_code",
        "_dwarf",
        "_frames",
        "_functions",
        "_instances",
        "_matches",
        "_others",
        "_sources",
        "_symbols",
        "_tables",
        "_trusted",
        "files",
    )

    def __init__(self, dwarf: Dwarf, code: Image | None = None, symbols: SymbolTable | None = None) -> None:
        """Read nothing yet.

        Args:
            dwarf: the file's debug information.
            code: the file that has the instructions.
            symbols: the whole symbol table.
        """
        self._symbols = symbols
        self._dwarf = dwarf
        self._code = code
        self.files = FileNames(dwarf)
        self._frames: CallFrameInfo | None = None
        self._tables: dict[int, LineTable] = {}
        self._blocks: dict[int, Blocks] = {}
        self._trusted: dict[int, bool] = {}
        self._others: dict[Dwarf, Lines] = {}
        # Every breakpoint is looked for again whenever a library is loaded.
        self._functions: dict[tuple[int, int], Place | None] = {}
        self._instances: dict[int, bool] = {}
        self._matches: dict[tuple[str, int], LineMatch | None] = {}
        self._sources: dict[tuple[int, int], SourceLocation] = {}

    # Tables

    def _unit_for(self, address: int) -> Unit | None:
        try:
            return self._dwarf.unit_for(address)
        except BadData as error:
            self._dwarf.note(error)
            return None

    def table(self, unit: Unit) -> LineTable | None:
        """Return the line table of a unit, None when it has none or it is broken."""
        try:
            offset = unit.line_offset
            if offset is None:
                return None
            known = self._tables.pop(offset, None)
            if known is None:
                known = LineTable(self.files.program(offset, unit), is_dropped=self._dwarf.is_dropped)
                self._make_room(known.size)
            self._tables[offset] = known  # the last used is the last let go
            return known
        except BadData as error:
            self._dwarf.note(error)
            return None

    def _make_room(self, size: int) -> None:
        """Forget the tables used longest ago until there is room for one of `size` rows, or none is left."""
        held = sum(table.size for table in self._tables.values())
        while self._tables and held + size > _KEPT_ROWS:
            held -= self._tables.pop(next(iter(self._tables))).size

    def blocks(self, unit: Unit) -> Blocks:
        """Return the functions and blocks of a unit."""
        known = self._blocks.pop(unit.offset, None)
        if known is None:
            known = Blocks(unit.body)
        self._blocks[unit.offset] = known
        if len(self._blocks) > _KEPT:
            del self._blocks[next(iter(self._blocks))]
        return known

    # Names

    def source(self, unit: Unit, file: int, line: int, column: int = 0) -> SourceLocation | None:
        """Return a place in a file that a unit's entries name by its number; None without a line table.

        A unit of another file, that dwz moved entries to or a type was split off to, has its table there.
        """
        if unit.dwarf is not self._dwarf:
            return self._beside(unit.dwarf).source(unit, file, line, column)
        table = self.table(unit)
        try:
            return location_of(table.program, unit, file, line, column) if table is not None else None
        except BadData as error:
            self._dwarf.note(error)
            return None

    def _beside(self, dwarf: Dwarf) -> Lines:
        known = self._others.get(dwarf)
        if known is None:
            if len(self._others) >= _KEPT:
                self._others.clear()
            known = self._others[dwarf] = Lines(dwarf)
        return known

    # By address

    def _at(self, address: int) -> tuple[Unit, LineTable] | None:
        unit = self._unit_for(address)
        table = self.table(unit) if unit is not None else None
        return (unit, table) if unit is not None and table is not None else None

    def _run(self, unit: Unit, table: LineTable, span: Span | None) -> Run | None:
        if span is None or not span.line:
            return None
        key = unit.offset, span.file
        known = self._sources.get(key)
        if known is None:
            try:
                known = location_of(table.program, unit, span.file, span.line)
            except BadData as error:
                self._dwarf.note(error)
                return None
            if len(self._sources) >= _ANSWERS:
                self._sources.clear()
            self._sources[key] = known
        source = SourceLocation(known.path, span.line, span.column, known.name)
        return Run(span.start, span.end, source, span.is_stmt)

    def run_at(self, address: int) -> Run | None:
        """Return the line that a stop at an address is shown at, with the addresses of its row.

        Where a statement and code of another line begin at one address, the statement is shown.
        """
        found = self._at(address)
        return self._run(*found, found[1].span_at(address)) if found is not None else None

    def same_line(self, address: int) -> list[Run]:
        """Return all rows, in the function around an address, of the line that a stop there is shown at.

        The first is the one at the address; it is the only one where no function is known.
        """
        found = self._at(address)
        if found is None:
            return []
        unit, table = found
        here = table.span_at(address)
        run = self._run(unit, table, here)
        if run is None or here is None:
            return []
        try:
            block = self.blocks(unit).function_at(address, self._symbol_start(address))
        except BadData as error:
            self._dwarf.note(error)
            block = None
        rows = [run]
        for part in block.ranges if block is not None else ():
            rows += [
                Run(span.start, span.end, run.source, span.is_stmt)
                for span in table.spans(part.start, part.end)
                if span.line == here.line and span.file == here.file and span.start != here.start
            ]
        return rows

    def row_at(self, address: int) -> SourceLocation | None:
        """Return the line that a stop at an address is shown at, None when there is none."""
        run = self.run_at(address)
        return run.source if run is not None else None

    def instruction_at(self, address: int) -> SourceLocation | None:
        """Return the line that the instruction at an address came from, as addr2line does.

        Where a statement and code of another line begin at one address, that other line is what it says.
        """
        found = self._at(address)
        run = self._run(*found, found[1].row_at(address)) if found is not None else None
        return run.source if run is not None else None

    # By line

    def locations(self, file: str, line: int) -> LineMatch | None:
        """Return where to stop for a line of a file; None when no unit has the file, or no line so late.

        A line of several rows is one place in each function, inlined call and nested block.  A line
        without code slides to the next that has some.

        Args:
            file: a path, its last components, or a base name.
            line: counted from 1.
        """
        if (file, line) not in self._matches:
            if len(self._matches) >= _ANSWERS:
                self._matches.clear()
            self._matches[file, line] = self._locate(file, line)
        return self._matches[file, line]

    def _locate(self, file: str, line: int) -> LineMatch | None:
        found: list[_Rows] = []
        best: int | None = None
        begun: set[bytes] = set()
        for program, indices in self.files.tables(file):
            at = self._nearest(program, indices, line, best, begun)
            if at is not None:
                best = at[0]
                files = {index: (program.path(index), program.spelled(index)) for _, index in at[1]}
                found.append(_Rows(program.offset, best, sorted(at[1]), files))
        if best is None:
            return None
        places: dict[int, Place] = {}
        for rows in found:
            if rows.line == best:
                for place in self._merged(rows):
                    places.setdefault(place.address, place)
        return LineMatch(best, sorted(places.values(), key=_address))

    def _nearest(
        self, program: LineProgram, indices: list[int], line: int, limit: int | None, begun: set[bytes]
    ) -> tuple[int, list[tuple[int, int]]] | None:
        """Return the first line from `line` on that has code in a table, and its rows: (address, file).

        `begun` is as `LineProgram.rows` has it, of all tables that are asked for the line.
        """
        try:
            table = LineTable(
                program, only=frozenset(indices), begun=begun, is_dropped=self._dwarf.is_dropped
            )
        except BadData as error:
            self._dwarf.note(error)
            return None
        return table.nearest(indices, line, limit)

    def row_of(self, file: str, line: int, name: str = "") -> Run | None:
        """Return the first row of a line, or of the next line that has code; None when there is none.

        Rows of units that were given the file as `name` come before those that spell its path otherwise.
        """
        found: tuple[int, bool, int] | None = None
        begun: set[bytes] = set()
        for program, indices in self.files.tables(file):
            near = self._nearest(program, indices, line, found[0] if found is not None else None, begun)
            if near is not None:
                is_other = all(program.spelled(index) != name for _, index in near[1])
                here = near[0], is_other, min(address for address, _ in near[1])
                found = min(found, here) if found is not None else here
        return self.run_at(found[2]) if found is not None else None

    def _merged(self, rows: _Rows) -> Iterator[Place]:
        """Yield one place of each block that has rows of a line: the first, behind the prologue."""
        taken: set[Block] = set()
        functions = [self.code_start(address) for address, _ in rows.rows] if len(rows.rows) > 1 else []
        unit = self.files.owner(rows.offset)
        for number, (address, file) in enumerate(rows.rows):
            # Rows in different functions are in different blocks, which then need not be read.
            if functions and (functions[number] is None or functions.count(functions[number]) > 1):
                block = self._block(unit, address, functions[number]) if unit is not None else None
                if block in taken:
                    continue
                if block is not None:
                    taken.add(block)
            place = self._moved(unit, address) if unit is not None else None
            place = place or Place(address, location(*rows.files[file], unit, rows.line))
            if unit is not None:
                self._dwarf.expect(place.address, unit)
            yield place

    def code_start(self, address: int) -> int | None:
        """Return where the code begins that belongs together with that at an address; None if not known.

        By the rules for unwinding, which are sorted, else by the symbols: the start of the function, or of a
        part of it that lies elsewhere.
        """
        if self._frames is None and self._code is not None:
            from trapline.dwarf.cfi import CallFrameInfo

            self._frames = CallFrameInfo(self._code)
        try:
            found = self._frames.function(FileAddress(address)) if self._frames is not None else None
        except BadData:
            found = None  # said where the rules are needed
        return found[0] if found is not None else self._symbol_start(address)

    def _symbol_start(self, address: int) -> int | None:
        symbol = self._symbols.at(FileAddress(address)) if self._symbols is not None else None
        return symbol.address if symbol is not None else None

    def _block(self, unit: Unit, address: int, start: int | None) -> Block | None:
        try:
            return self.blocks(unit).innermost_at(address, start)
        except BadData as error:
            self._dwarf.note(error)
            return None

    # Functions

    def function_place(self, start: int, size: int = 0) -> Place | None:
        """Return where a breakpoint on a function belongs: behind its prologue, by gdb's rules.

        None when there are no lines for the function.

        Args:
            start: its first address.
            size: bytes, for a function that only the symbol table has.
        """
        if (start, size) not in self._functions:
            if len(self._functions) >= _ANSWERS:
                self._functions.clear()
            self._functions[start, size] = self._function_place(start, size)
        return self._functions[start, size]

    def _function_place(self, start: int, size: int) -> Place | None:
        unit = self._unit_for(start)
        table = self.table(unit) if unit is not None else None
        if unit is None or table is None or table.span_at(start) is None:
            return None
        try:
            block = self.blocks(unit).function_at(start, start)
            place = start
            if block is None:
                place = self._prologues(unit, table).named(start, start + size)
            elif block.entry == start:
                place = self._prologues(unit, table).named(start, block.ranges[0].end)
            if place != start:
                return self._shown(unit, table, place)
            return self._plain(unit, table, start)
        except BadData as error:
            self._dwarf.note(error)
            return None

    def stepped_place(self, start: int) -> int | None:
        """Return where a step into the function at an address ends; None when there are no lines for it.

        Behind the instructions that make its frame, as a breakpoint, but what the compiler says of the end
        of the prologue is not asked.  Source: gdb 13, handle_step_into_function, behaviour only.
        """
        unit = self._unit_for(start)
        table = self.table(unit) if unit is not None else None
        span = table.span_at(start) if table is not None else None
        if unit is None or table is None or span is None or not span.line:
            return None
        if unit.language in _ASSEMBLERS:
            return start
        try:
            block = self.blocks(unit).function_at(start, start)
            own = block.range_at(start) if block is not None else None
            if own is None:
                return start
            place = self._prologues(unit, table).looks(start, own.end)
            span = table.span_at(place)
            if span is not None and span.start != place and span.end < own.end:
                return span.end
            return place
        except BadData as error:
            self._dwarf.note(error)
            return start

    def inlined_place(self, start: int) -> Place | None:
        """Return where a breakpoint on an inlined call belongs; `start` is the first address of its body.

        None when there are no lines there.
        """
        unit = self._unit_for(start)
        table = self.table(unit) if unit is not None else None
        if unit is None or table is None:
            return None
        return self._moved(unit, start) or self._plain(unit, table, start)

    def is_instance(self, start: int) -> bool:
        """Whether the function at an address is one copy of what may have been inlined elsewhere too."""
        if start not in self._instances:
            if len(self._instances) >= _ANSWERS:
                self._instances.clear()
            self._instances[start] = self._is_instance(start)
        return self._instances[start]

    def _is_instance(self, start: int) -> bool:
        unit = self._unit_for(start)
        try:
            block = self.blocks(unit).function_at(start, start) if unit is not None else None
        except BadData as error:
            self._dwarf.note(error)
            return False
        return block is not None and block.entry == start and block.die.has(dw.DW_AT_abstract_origin)

    def _moved(self, unit: Unit, address: int) -> Place | None:
        """Return the place behind the prologue that an address is in, None when it is in none."""
        try:
            is_gcc = (unit.producer or "").startswith("GNU ")
            if unit.language in _ASSEMBLERS or (is_gcc and not may_be_inside(self._code_at, address)):
                return None
            block = self.blocks(unit).function_at(address, self.code_start(address))
            start = block.entry if block is not None else address
            if block is None or start > address:
                return None  # a part of the function that lies elsewhere
            if is_gcc and self._lists_are_true(unit):
                return None
            table, own = self.table(unit), block.range_at(start)
            if table is None or own is None:
                return None
            place = self._prologues(unit, table).skip(start, own.end)
            return self._shown(unit, table, place) if address < place else None
        except BadData as error:
            self._dwarf.note(error)
            return None

    def _prologues(self, unit: Unit, table: LineTable) -> Prologues:
        return Prologues(
            table,
            self.blocks(unit),
            self._code_at,
            producer=unit.producer or "",
            is_assembly=unit.language in _ASSEMBLERS,
            lists_are_true=lambda: self._lists_are_true(unit),
        )

    def _code_at(self, address: int, size: int) -> bytes:
        code = self._code
        if code is None:
            return b""
        offset, available = code.place(FileAddress(address))
        return code.bytes_at(offset, min(size, available)) if available else b""

    def _lists_are_true(self, unit: Unit) -> bool:
        """Whether a unit's location lists hold from the first instruction of each function on.

        So they do where gcc writes them, which it does where it optimizes.
        """
        known = self._trusted.get(unit.offset)
        if known is None:
            known = (unit.producer or "").startswith("GNU ") and _has_location_list(unit.body)
            self._trusted[unit.offset] = known
        return known

    def _shown(self, unit: Unit, table: LineTable, address: int) -> Place:
        """Return the place at an address; inside an inlined call it is shown at the line of the call."""
        outermost: Block | None = None
        block = self.blocks(unit).innermost_at(address)
        while block is not None and not block.is_function:
            outermost = block if block.is_inlined else outermost
            block = block.outer
        if outermost is not None:
            line = outermost.die.integer(dw.DW_AT_call_line)
            file = outermost.die.integer(dw.DW_AT_call_file)
            if line and file is not None:
                return Place(address, location_of(table.program, unit, file, line))
        return self._plain(unit, table, address)

    def _plain(self, unit: Unit, table: LineTable, address: int) -> Place:
        run = self._run(unit, table, table.span_at(address))
        return Place(address, run.source if run is not None else None)


class _Rows(NamedTuple):
    """Rows of one line in the table at an offset: (address, file); path and spelling of the files."""

    offset: int
    line: int
    rows: list[tuple[int, int]]
    files: dict[int, tuple[str, str]]


def _address(place: Place) -> int:
    return place.address


def _has_location_list(unit: Unit) -> bool:
    """Whether a variable of a unit has a location that changes from address to address."""
    declared = unit.table.decode_all().values()
    if not any(_is_listed(abbreviation.tag, abbreviation.places) for abbreviation in declared):
        return False
    # Several units may share their abbreviations, so that one declared is not one used.
    return any(_is_listed(die.tag, die.abbreviation.places) for die in unit.dies())


def _is_listed(tag: int, places: Mapping[int, abbreviations.Place]) -> bool:
    return tag in _VARIABLES and dw.DW_AT_location in places and places[dw.DW_AT_location].form in _LIST_FORMS
