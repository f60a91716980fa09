"""The line table of one unit as a debugger uses it: which rows count, and where each ends.

Compilers write more rows than there are places to stop.  What is left out, and why, follows gdb row by
row, so that a breakpoint lies where a gdb user expects it:

- rows without a line, and a repeated line that only discriminators tell apart, add nothing;
- where the file changes, the rows of the former file end, and those of no instruction are dropped;
- a row that is no statement does not hide a statement of another file at the same address.

Source: gdb 13, lnp_state_machine::record_line and buildsym_compunit::record_line, behaviour only.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import chain

from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf.lines import END_SEQUENCE, IS_STMT, PROLOGUE_END

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence

    from trapline.dwarf.lines import LineProgram, Row

_ADDRESS, _FILE, _LINE, _COLUMN, _FLAGS, _DISCRIMINATOR = range(6)


class Span(NamedTuple):
    """A run of addresses that came from one line.

    `start` (inclusive) and `end` (exclusive) are file addresses, `file` an index of the line program;
    `line` is 0 for code of no line.
    """

    start: int
    end: int
    file: int
    line: int
    column: int
    is_stmt: bool


class LineTable:
    """The rows of one unit, by file and by address; `size` is how many they are.

    With `only` it holds the rows of those file indices, which answers questions about a line but not about
    an address.
    """

    __slots__ = ("_alias", "_by_file", "_rows", "_sequences", "_starts", "_table", "program", "size")

    def __init__(
        self,
        program: LineProgram,
        *,
        only: frozenset[int] | None = None,
        begun: set[bytes] | None = None,
        is_dropped: Callable[[int], bool],
    ) -> None:
        """Run the line program and keep what counts.

        Args:
            program: the unit's line program.
            only: file indices to keep; all by default.
            begun: what other tables have told already, as `LineProgram.rows` has it.
            is_dropped: whether an address marks code that the linker threw away (`Dwarf.is_dropped`).

        Raises:
            BadData: the program is broken.
        """
        self.program = program
        self._alias: dict[int, int] = {}
        self._by_file: dict[int, list[Row]] | None = None
        self._starts: list[int] | None = None
        self._table: list[Row | None] = []
        self._rows: list[Row] | None = None
        sequences = _sequences(program.rows(only, begun), is_dropped)
        self._sequences = [sequence if only is None else _around(sequence, only) for sequence in sequences]
        self.size = sum(map(len, self._sequences))
        self._same_file(1)  # a broken name of a file is found here, not by a question

    @property
    def _files(self) -> dict[int, list[Row]]:
        """What counts of each file, worked out when a question needs it."""
        if self._by_file is None:
            files: dict[int, list[Row]] = {}
            for sequence in self._sequences:
                self._record(files, sequence)
            # Where one piece of a file's code ends and another begins, the end comes first.
            self._by_file = {index: sorted(rows, key=_by_address) for index, rows in files.items()}
        return self._by_file

    def _same_file(self, index: int) -> int:
        """Return the index under which a file is kept: version 5 lists the unit's main file twice."""
        known = self._alias.get(index)
        if known is None:
            known = index
            if index == 1 and self.program.version >= 5 and self.program.path(0) == self.program.path(1):
                known = 0
            self._alias[index] = known
        return known

    def _record(self, files: dict[int, list[Row]], sequence: Sequence[Row]) -> None:
        """Add what counts of one sequence to its files."""
        file = 1
        rows = files.setdefault(self._same_file(1), [])
        last: list[Row] | None = None
        last_line = last_address = -1
        has_statement = is_repeated = False
        for row in sequence:
            address, row_file, line, _, flags, discriminator = row
            if row_file != file:
                last = rows
                file = row_file
                rows = files.setdefault(self._same_file(file), [])
                is_repeated = False
            if flags & END_SEQUENCE:
                _finish(last, address)
                break
            had_statement = has_statement and address == last_address
            has_statement = had_statement or bool(flags & IS_STMT)
            last_address = address
            is_repeated = (is_repeated and line == last_line) or discriminator != 0
            if line <= 0:
                continue
            if rows is not last:
                if had_statement and not flags & IS_STMT:
                    continue
                _finish(last, address)
            elif line == last_line and is_repeated:
                continue
            rows.append(row)
            last = rows
            last_line = line

    # By line

    def entries(self, file: int) -> Sequence[Row]:
        """Return what counts of one file in order of address; line 0 where a piece of its code ends."""
        return self._files.get(self._same_file(file), ())

    def lines(self, file: int) -> set[int]:
        """Return the lines of a file at which a statement begins."""
        return {row[_LINE] for row in self.entries(file) if row[_LINE] and row[_FLAGS] & IS_STMT}

    def nearest(
        self, files: list[int], line: int, limit: int | None = None
    ) -> tuple[int, list[tuple[int, int]]] | None:
        """Return the first line from `line` on at which a statement begins, and where: (address, file).

        Args:
            files: file indices that are searched.
            line: counted from 1.
            limit: a line beyond which nothing is wanted.
        """
        found: list[tuple[int, int]] = []
        best = limit
        for file in {self._same_file(index) for index in files}:
            for row in self.entries(file):
                one = row[_LINE]
                if one < line or not row[_FLAGS] & IS_STMT or (best is not None and one > best):
                    continue
                if one != best:
                    best = one
                    found = []
                found.append((row[_ADDRESS], file))
        return (best, found) if found and best is not None else None

    def prologue_end(self, file: int, start: int, end: int) -> int | None:
        """Return the first address in [start, end] at which the compiler says that a prologue ends."""
        rows = self.entries(file)
        for index in range(bisect_left(rows, (start,)), len(rows)):
            if rows[index][_ADDRESS] > end:
                break
            if rows[index][_FLAGS] & PROLOGUE_END:
                return rows[index][_ADDRESS]
        return None

    # By address

    def span_at(self, address: int) -> Span | None:
        """Return the line that a stop at a file address is shown at, None where there is none.

        Of several rows at one address the last counts, but a statement goes before what is none.
        """
        if self._starts is None:
            self._starts = self._sweep()
        index = bisect_right(self._starts, address) - 1
        if index < 0 or index + 1 >= len(self._starts):
            return None
        row = self._table[index]
        if row is None:
            return None
        return _span(row, row[_ADDRESS], self._starts[index + 1])

    def spans(self, start: int, end: int) -> Iterator[Span]:
        """Yield the lines of the file addresses in [start, end) as `span_at` has them, in order."""
        while start < end:
            span = self.span_at(start)
            if span is None:
                assert self._starts is not None
                index = bisect_right(self._starts, start)
                if index == len(self._starts):
                    return
                start = self._starts[index]
                continue
            if span.line:
                yield span
            start = span.end

    def row_at(self, address: int) -> Span | None:
        """Return the row that the file has for the instruction at a file address, as addr2line does.

        Where a statement and code of another line begin at one address, that code is what it says.
        """
        if self._rows is None:
            ordered = sorted(self._sequences, key=lambda rows: rows[0][_ADDRESS])
            self._rows = list(chain.from_iterable(ordered))
        rows = self._rows
        index = bisect_right(rows, (address, _LAST)) - 1
        if index < 0 or index + 1 >= len(rows) or rows[index][_FLAGS] & END_SEQUENCE:
            return None
        return _span(rows[index], rows[index][_ADDRESS], rows[index + 1][_ADDRESS])

    def _sweep(self) -> list[int]:
        """Merge the files by address into `_table`, and return where each piece starts.

        Where no file begins a line, one whose last line has not ended goes on.
        """
        places: dict[int, list[tuple[int, Row]]] = {}
        for file, rows in self._files.items():
            for row in rows:
                places.setdefault(row[_ADDRESS], []).append((file, row))
        starts = sorted(places)
        running: dict[int, Row] = {}
        for start in starts:
            best: Row | None = None
            best_file = -1
            for file, row in places[start]:
                if not row[_LINE]:
                    running.pop(file, None)
                    continue
                former = running.get(file)
                if former is not None and former[_ADDRESS] == start and is_stated(former) > is_stated(row):
                    row = former
                running[file] = row
                if best is None or best_file == file:
                    best, best_file = row, file
            if best is None and running:
                best = max(running.values(), key=_address)
            self._table.append(best)
        return starts


_LAST = 1 << 64  # sorts behind every file index


def is_stated(row: Row) -> bool:
    """Whether a row begins a statement: a place that the compiler recommends for a breakpoint."""
    return bool(row[_FLAGS] & IS_STMT)


def _span(row: Row, start: int, end: int) -> Span:
    return Span(start, end, row[_FILE], max(row[_LINE], 0), row[_COLUMN], is_stated(row))


def _address(row: Row) -> int:
    return row[_ADDRESS]


def _by_address(row: Row) -> tuple[int, bool]:
    return row[_ADDRESS], row[_LINE] != 0


def _finish(rows: list[Row] | None, address: int) -> None:
    """Note that a file's code ends at an address, and drop its rows of no instruction there."""
    if rows is None:
        return
    line = 0
    while rows:
        line = rows[-1][_LINE]
        if rows[-1][_ADDRESS] != address:
            break
        rows.pop()
    if line:
        rows.append((address, 0, 0, 0, IS_STMT, 0))


def _sequences(rows: list[Row], is_dropped: Callable[[int], bool]) -> Iterator[list[Row]]:
    """Yield the sequences, without those of functions that the linker threw away."""
    start = 0
    for index, row in enumerate(rows):
        if row[_FLAGS] & END_SEQUENCE:
            if not is_dropped(rows[start][_ADDRESS]):
                yield rows[start : index + 1]
            start = index + 1


def _around(sequence: list[Row], only: Container[int]) -> list[Row]:
    """Return the rows of some files, with those around them that decide which count.

    Those are the rows before at the same address, and the rows behind up to one that cannot be ignored.
    """
    found: list[Row] = []
    taken = 0
    for index, row in enumerate(sequence):
        if row[_FILE] not in only or index < taken:
            continue
        first = index
        while first > taken and sequence[first - 1][_ADDRESS] == row[_ADDRESS]:
            first -= 1
        after = index + 1
        while after < len(sequence):
            one = sequence[after]
            after += 1
            if one[_FILE] in only:
                continue
            if one[_LINE] > 0 and (is_stated(one) or one[_ADDRESS] != sequence[after - 2][_ADDRESS]):
                break
        found += sequence[first:after]
        taken = after
    return found
