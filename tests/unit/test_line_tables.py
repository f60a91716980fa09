"""Which rows of a line table count, where a row ends, how files are told apart: gdb's rules one by one."""

from __future__ import annotations

from typing import Any

from tests.support.linewriter import Table, program, row, sections, set_discriminator, set_prologue_end

from trapline.dwarf.lines import LineProgram
from trapline.symbols.linetable import LineTable

FILES = (("a.c", 0), ("b.h", 1), ("c.h", 1))


def table(*sequences: list[Any], end: int = 0x1100, only: frozenset[int] | None = None) -> LineTable:
    made = Table(4, program(*sequences, end=end), files=FILES)
    return LineTable(LineProgram(sections(made), 0), only=only, is_dropped=lambda start: start < 2)


def kept(found: LineTable, file: int) -> list[tuple[int, int]]:
    return [(one[0], one[2]) for one in found.entries(file)]


def test_a_row_runs_to_the_next_and_the_last_to_the_end() -> None:
    found = table([row(0x1000, 5), row(0x1004, 6)])
    assert found.span_at(0x0FFF) is None
    first, last = found.span_at(0x1003), found.span_at(0x10FF)
    assert first is not None and last is not None
    assert (first.start, first.end, first.line) == (0x1000, 0x1004, 5)
    assert (last.start, last.end, last.line) == (0x1004, 0x1100, 6)
    assert found.span_at(0x1100) is None


def test_rows_without_a_line_add_nothing_to_stops_and_are_said_of_instructions() -> None:
    found = table([row(0x1000, 5), row(0x1004, 0), row(0x1008, 6)])
    shown, own = found.span_at(0x1005), found.row_at(0x1005)
    assert shown is not None and own is not None
    assert (shown.line, own.line) == (5, 0)


def test_a_line_repeated_with_a_discriminator_is_one_row() -> None:
    found = table([row(0x1000, 5), row(0x1004, 5, before=set_discriminator(2)), row(0x1008, 6)])
    assert kept(found, 1) == [(0x1000, 5), (0x1008, 6), (0x1100, 0)]


def test_a_line_repeated_without_one_is_two() -> None:
    assert kept(table([row(0x1000, 5), row(0x1004, 5)]), 1)[:2] == [(0x1000, 5), (0x1004, 5)]


def test_a_change_of_file_ends_the_former_one() -> None:
    found = table([row(0x1000, 5), row(0x1004, 9, file=2), row(0x1008, 6)])
    assert kept(found, 1) == [(0x1000, 5), (0x1004, 0), (0x1008, 6), (0x1100, 0)]
    assert kept(found, 2) == [(0x1004, 9), (0x1008, 0)]


def test_rows_of_no_instruction_are_dropped_where_the_file_changes() -> None:
    found = table([row(0x1000, 5), row(0x1004, 6), row(0x1004, 9, file=2), row(0x1008, 7)])
    assert kept(found, 1) == [(0x1000, 5), (0x1004, 0), (0x1008, 7), (0x1100, 0)]
    assert found.nearest([1], 6) == (7, [(0x1008, 1)])


def test_what_is_no_statement_does_not_hide_a_statement_of_another_file() -> None:
    found = table(
        [row(0x1000, 5), row(0x1004, 6), row(0x1004, 9, file=2, stmt=False), row(0x1008, 9, file=2)]
    )
    assert (0x1004, 6) in kept(found, 1)
    shown, own = found.span_at(0x1004), found.row_at(0x1004)
    assert shown is not None and own is not None
    assert (shown.file, shown.line) == (1, 6)
    assert (own.file, own.line) == (2, 9)


def test_a_statement_goes_before_what_is_none_at_one_address() -> None:
    found = table([row(0x1000, 5), row(0x1000, 6, stmt=False), row(0x1004, 7)])
    shown, own = found.span_at(0x1002), found.row_at(0x1002)
    assert shown is not None and own is not None
    assert (shown.line, own.line) == (5, 6)


def test_only_statements_are_places_to_stop() -> None:
    found = table([row(0x1000, 5), row(0x1004, 6, stmt=False), row(0x1008, 7)])
    assert found.lines(1) == {5, 7}
    assert found.nearest([1], 6) == (7, [(0x1008, 1)])
    assert found.nearest([1], 8) is None
    assert found.nearest([1], 1, limit=4) is None


def test_code_that_the_linker_threw_away() -> None:
    found = table([row(0, 5), row(4, 6)], [row(0x1000, 8)])
    assert kept(found, 1) == [(0x1000, 8), (0x1100, 0)]


def test_sequences_in_any_order() -> None:
    found = table([row(0x1080, 20), row(0x1090, 21)], [row(0x1000, 5), row(0x1004, 6)], end=0x10A0)
    shown = found.span_at(0x1094)
    assert shown is not None and shown.line == 21
    own = found.row_at(0x1001)
    assert own is not None and own.line == 5


def test_the_main_file_of_version_5_has_two_indices_and_one_table() -> None:
    code = program([row(0x1000, 5), row(0x1004, 6, file=0), row(0x1008, 7)], end=0x1100)
    made = LineTable(LineProgram(sections(Table(5, code, files=FILES)), 0), is_dropped=lambda start: False)
    assert kept(made, 0) == kept(made, 1) == [(0x1000, 5), (0x1004, 6), (0x1008, 7), (0x1100, 0)]


def test_the_end_of_a_prologue() -> None:
    found = table([row(0x1000, 5), row(0x1004, 6, before=set_prologue_end), row(0x1008, 7)])
    assert found.prologue_end(1, 0x1000, 0x1100) == 0x1004
    assert found.prologue_end(1, 0x1005, 0x1100) is None
    assert found.prologue_end(2, 0x1000, 0x1100) is None


def test_some_files_alone_have_the_rows_that_they_have_among_all() -> None:
    """What is left unread decides nothing: files change, rows are ignored, sequences have nothing of them."""
    rows = [
        row(0x1000, 5),
        row(0x1002, 9, file=2),
        row(0x1002, 10, file=2, stmt=False),
        row(0x1004, 0, file=2),
        row(0x1004, 6, file=3, stmt=False),
        row(0x1006, 6, file=3),
        row(0x1006, 11, file=2, stmt=False),
        row(0x1008, 11, file=2),
        row(0x100A, 11, file=2, before=set_discriminator(1)),
        row(0x100C, 7),
    ]
    other = [row(0x1040, 30), row(0x1044, 31)]
    for files in ({2}, {3}, {2, 3}, {1}):
        everything = table(rows, other, [row(0x1080, 12, file=2)])
        some = table(rows, other, [row(0x1080, 12, file=2)], only=frozenset(files))
        for file in files:
            assert kept(some, file) == kept(everything, file)


def test_what_another_table_has_told_of_a_function_is_not_told_again() -> None:
    """Functions of a header are in every table; the main file's own code and other functions stay."""
    shared, own = [row(0x1000, 5, file=2), row(0x1008, 6, file=2)], [row(0x2000, 7, file=2)]
    begun: set[bytes] = set()
    found = []
    for sequences in ([shared], [shared, own], [own, shared, [row(0x3000, 8)]]):
        made = Table(4, program(*sequences, end=0x9000), files=FILES)
        program_ = LineProgram(sections(made), 0)
        found.append({one[0] for one in program_.rows(frozenset((2,)), begun) if one[0] != 0x9000})
    assert found[0] == {0x1000, 0x1008}
    assert 0x2000 in found[1] and 0x1000 not in found[1]
    assert not found[2] & {0x1000, 0x2000, 0x3000}
    assert LineProgram(sections(Table(4, program(shared, end=0x9000), files=FILES)), 0).rows(
        frozenset((1,)), begun
    )
