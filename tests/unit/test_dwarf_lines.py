"""Line number tables from bytes: every version, every opcode, and tables that lie."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given, settings, strategies as st
from tests.support.linewriter import (
    Table,
    advance_line,
    advance_pc,
    const_add_pc,
    copy,
    define_file,
    end_sequence,
    extended,
    fixed_advance_pc,
    negate_stmt,
    sections,
    set_address,
    set_basic_block,
    set_column,
    set_discriminator,
    set_epilogue_begin,
    set_file,
    set_isa,
    set_prologue_end,
    uleb,
)

from trapline.base.errors import BadData
from trapline.dwarf import lines
from trapline.dwarf.lines import (
    BASIC_BLOCK,
    END_SEQUENCE,
    EPILOGUE_BEGIN,
    IS_STMT,
    PROLOGUE_END,
    LineProgram,
    string_offsets,
    table_offsets,
)

START = set_address(0x1000)
VERSIONS = [2, 3, 4, 5]


def rows(code: bytes, **header: object) -> list[tuple[int, ...]]:
    table = Table(header.pop("version", 5), code, **header)  # type: ignore[arg-type]
    return LineProgram(sections(table), 0).rows()


# -- headers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset_size", [4, 8])
@pytest.mark.parametrize("version", VERSIONS)
def test_files_of_every_version(version: int, offset_size: int) -> None:
    table = Table(version, b"", offset_size=offset_size, files=(("a.c", 0), ("b.h", 1), ("/abs/c.h", 0)))
    program = LineProgram(sections(table), 0, "/src")
    assert program.version == version
    assert [program.path(index) for index in range(1, 4)] == ["/src/a.c", "/src/include/b.h", "/abs/c.h"]
    assert program.path(0) == ("/src/a.c" if version == 5 else "")
    assert program.path(99) == program.path(-1) == ""
    assert program.directories == ["/src", "include"]


@pytest.mark.parametrize(("form", "digest"), [(0x08, False), (0x08, True), (0x1F, False), (0x1F, True)])
def test_version_5_forms_of_names(form: int, digest: bool) -> None:
    table = Table(5, b"", form=form, digest=digest, directories=("/work", "/work/sub"))
    program = LineProgram(sections(table), 0)
    assert program.path(2) == "/work/sub/b.h"
    assert program.files[2] == ("b.h", 1, b"\xab" * 16 if digest else None)


def test_more_than_127_directories_are_read_as_well() -> None:
    """Their index has two bytes, so entries differ in size."""
    names = ("/work", *(f"/d{n}" for n in range(200)))
    files = tuple((f"f{n}.h", n) for n in range(201))
    program = LineProgram(sections(Table(5, b"", form=0x1F, directories=names, files=files)), 0)
    assert program.path(201) == "/d199/f200.h"
    assert program.path(128) == "/d126/f127.h"


def test_a_name_that_is_no_utf8_opens_the_file_it_means() -> None:
    table = Table(5, b"", files=(("\udcff.c", 0),))
    assert LineProgram(sections(table), 0).name(0).encode("utf-8", "surrogateescape") == b"\xff.c"


def test_an_address_size_of_its_own_and_forms_of_fixed_size() -> None:
    """A table whose directory index has two bytes and which has a length and a time."""
    format_ = bytes([4, 1, 0x08, 2, 0x05, 3, 0x06, 4, 0x0B])
    entry = b"x.c\0" + b"\0\0" + bytes(4) + b"\7"
    tables = b"\1\1\x08\1/d\0" + format_ + b"\1" + entry
    raw = Table(5, b"")
    raw._tables = lambda: tables  # type: ignore[method-assign]
    assert LineProgram(sections(raw), 0).path(0) == "/d/x.c"


def test_every_table_of_a_file_is_found() -> None:
    one, two = Table(4, START + copy + end_sequence()), Table(5, b"", offset_size=8)
    offsets = list(table_offsets(sections(one, two)))
    assert offsets == [0, len(one.bytes())]


def test_names_are_found_in_the_tails_of_others() -> None:
    table = Table(5, b"", form=0x1F, files=(("deep/in/z.h", 0), ("z.h", 0), ("xz.h", 0), ("z.hpp", 0)))
    parts = sections(table)
    program = LineProgram(parts, 0)
    found = program.indices(string_offsets(parts, b"z.h"), b"z.h")
    assert [program.name(index) for index in found] == ["deep/in/z.h", "deep/in/z.h", "z.h"]


# -- opcodes ---------------------------------------------------------------------------------------


def test_a_special_opcode_moves_both() -> None:
    # DWARF 5 §6.2.5.1: opcode = (line - line_base) + line_range * operations + opcode_base
    opcode = (3 + 5) + 14 * 7 + 13
    assert rows(START + bytes([opcode]) + end_sequence()) == [
        (0x1007, 1, 4, 0, IS_STMT, 0),
        (0x1007, 1, 4, 0, IS_STMT | END_SEQUENCE, 0),
    ]


def test_standard_opcodes() -> None:
    code = (
        START
        + set_file(2)
        + set_column(300)
        + advance_line(-1 + 500)
        + set_prologue_end
        + copy
        + negate_stmt
        + set_basic_block
        + set_epilogue_begin
        + advance_pc(4)
        + advance_line(-400)
        + copy
        + set_isa(7)
        + const_add_pc
        + fixed_advance_pc(0x200)
        + set_discriminator(9)
        + copy
        + copy
        + end_sequence()
    )
    step = (255 - 13) // 14
    assert rows(code) == [
        (0x1000, 2, 500, 300, IS_STMT | PROLOGUE_END, 0),
        (0x1004, 2, 100, 300, BASIC_BLOCK | EPILOGUE_BEGIN, 0),
        (0x1204 + step, 2, 100, 300, 0, 9),
        (0x1204 + step, 2, 100, 300, 0, 0),
        (0x1204 + step, 2, 100, 300, END_SEQUENCE, 0),
    ]


def test_a_sequence_begins_with_fresh_registers() -> None:
    code = START + set_file(2) + set_column(4) + advance_line(9) + negate_stmt + copy + end_sequence()
    code += set_address(0x2000) + copy + end_sequence()
    assert rows(code)[2] == (0x2000, 1, 1, 0, IS_STMT, 0)


def test_rows_are_no_statements_where_the_header_says_so() -> None:
    assert rows(START + copy + end_sequence(), default_is_stmt=0)[0][4] == 0


def test_minimum_instruction_length() -> None:
    assert rows(START + advance_pc(3) + copy + fixed_advance_pc(1) + copy + end_sequence(), minimum=4)[
        :2
    ] == [
        (0x100C, 1, 1, 0, IS_STMT, 0),
        (0x100D, 1, 1, 0, IS_STMT, 0),
    ]


def test_only_the_first_operation_of_a_bundle_has_an_address() -> None:
    code = START + copy + advance_pc(1) + copy + advance_pc(3) + copy + advance_pc(2) + copy + end_sequence()
    assert [row[0] for row in rows(code, operations=3, minimum=16)] == [0x1000, 0x1020, 0x1020]


def test_an_opcode_that_nobody_knows_is_skipped_with_its_operands() -> None:
    operands = bytes([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 2])
    code = START + b"\x0d" + uleb(1000) + uleb(7) + extended(0x80, b"vendor") + copy + end_sequence()
    assert rows(code, opcode_base=14, operands=operands)[0] == (0x1000, 1, 1, 0, IS_STMT, 0)


def test_fewer_standard_opcodes_make_room_for_special_ones() -> None:
    """With an opcode base of 10, opcode 10 is special and not DW_LNS_set_prologue_end."""
    code = START + bytes([10 + 5]) + end_sequence()
    assert rows(code, opcode_base=10, operands=bytes([0, 1, 1, 1, 1, 0, 0, 0, 1]))[0] == (
        0x1000, 1, 1, 0, IS_STMT, 0,
    )  # fmt: skip


def test_a_file_that_the_program_defines() -> None:
    code = define_file("late.c", 1) + START + set_file(3) + copy + end_sequence()
    program = LineProgram(sections(Table(4, code)), 0, "/src")
    for _ in range(2):  # running it twice defines it once
        assert program.rows()[0][1] == 3
        assert len(program) == 4
        assert program.path(3) == "/src/include/late.c"


def test_an_address_of_four_bytes() -> None:
    assert rows(extended(2, b"\0\1\0\0") + copy + end_sequence())[0][0] == 0x100


def test_a_program_without_an_end() -> None:
    assert rows(START + copy + advance_pc(5))[-1] == (0x1005, 1, 1, 0, IS_STMT | END_SEQUENCE, 0)


# -- tables that lie -------------------------------------------------------------------------------


def broken(table: Table | bytes, *, strings: bytes = b"\0") -> BadData:
    with pytest.raises(BadData) as caught:
        program = LineProgram(sections(table, strings=strings), 0)
        program.rows()
        assert program.files
    assert caught.value.file == "made.o"
    return caught.value


@pytest.mark.parametrize("version", [0, 1, 6, 0xFFFF])
def test_an_unknown_version(version: int) -> None:
    raw = bytearray(Table(5, b"").bytes())
    raw[4:6] = version.to_bytes(2, "little")
    assert "version" in broken(bytes(raw)).what


@pytest.mark.parametrize("length", [0x7FFFFFFF, 0xFFFFFFF0, 0xFFFFFFFE])
def test_a_length_past_the_section(length: int) -> None:
    raw = length.to_bytes(4, "little") + Table(5, b"").bytes()[4:]
    broken(raw)
    assert list(table_offsets(sections(raw))) == []


def test_a_header_longer_than_its_table() -> None:
    raw = bytearray(Table(5, b"").bytes())
    raw[8:12] = (0xFFFF).to_bytes(4, "little")
    assert "past the end" in broken(bytes(raw)).what


def test_a_string_outside_its_section() -> None:
    broken(Table(5, b"", form=0x1F), strings=b"short")


def test_files_without_a_format() -> None:
    table = Table(5, b"")
    table._tables = lambda: b"\0" + b"\xff" * 9 + b"\1"  # type: ignore[method-assign]
    assert "format" in broken(table).what


def test_a_form_that_has_no_place_in_a_file_table() -> None:
    table = Table(5, b"")
    table._tables = lambda: b"\1\1\x19" + uleb(1 << 40)  # type: ignore[method-assign]
    assert "form" in broken(table).what


@pytest.mark.parametrize("code", [set_file(300)[:-1], b"\0\x7f\2", b"\x09\0", advance_line(-900)[:-1], b"\0"])
def test_a_program_cut_off_in_an_instruction(code: bytes) -> None:
    assert "cut off" in broken(Table(5, START + code)).what


def test_a_line_range_of_zero() -> None:
    assert rows(START + b"\xff" + end_sequence(), line_range=0)


def test_numbers_beyond_reason_stay_numbers() -> None:
    huge = b"\xff" * 9 + b"\x7f"
    code = START + b"\2" + huge + b"\3" + huge + b"\4" + huge + b"\5" + huge + copy + end_sequence()
    assert rows(code)[0][0] < 1 << 64


def test_a_program_of_rows_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_ROW_LIMIT", 1000)
    monkeypatch.setattr(lines, "_BETWEEN_CHECKS", 500)
    assert len(rows(START + copy * 990 + end_sequence())) == 991
    assert "rows" in broken(Table(5, START + copy * 3000)).what


def test_one_name_over_and_over_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_OFFSET_LIMIT", 100)
    with pytest.raises(BadData, match="over and over"):
        string_offsets(sections(Table(5, b""), strings=b"\0a.c" * 200 + b"\0"), b"a.c")


SAMPLE = [
    Table(
        version,
        START + set_column(7) + b"\x44\x99" + set_file(2) + advance_line(300) + copy + define_file("x", 1)
        + advance_pc(900) + set_discriminator(3) + b"\xf0" + end_sequence(),
        form=form,
        digest=digest,
    )
    for version, form, digest in [
        (2, 8, False), (4, 8, False), (5, 8, True), (5, 0x1F, False), (5, 0x1F, True),
    ]
]  # fmt: skip


@settings(max_examples=300)
@given(
    index=st.integers(0, len(SAMPLE) - 1),
    changes=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=6),
    cut=st.integers(0, 1 << 16),
)
def test_changed_bytes_end_in_an_answer_or_in_bad_data(
    index: int, changes: list[tuple[int, int]], cut: int
) -> None:
    raw = bytearray(SAMPLE[index].bytes())
    for at, value in changes:
        raw[at % len(raw)] = value
    if cut % 3 == 0:
        del raw[cut % len(raw) :]
    parts = sections(bytes(raw), strings=SAMPLE[index].strings)
    started = time.process_time()
    tracemalloc.start()
    try:
        for offset in [0, *table_offsets(parts)]:
            try:
                program = LineProgram(parts, offset, "/src")
                program.rows()
                for file in range(min(len(program), 100)):
                    program.path(file)
                program.indices(frozenset({1}), b"b.h")
            except BadData:
                pass
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
    assert time.process_time() - started < 20
