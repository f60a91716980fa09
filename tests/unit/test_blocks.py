"""Functions found by the bytes of their first address, where other bytes look like the beginning of one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from tests.support import dwarfwriter
from tests.support.dwarfwriter import Entry

from trapline.dwarf import constants as dw
from trapline.dwarf.units import Unit
from trapline.symbols.blocks import Blocks

START = 0x401136


def function(*before: tuple[int, int, Any], start: int = START, size: int = 16) -> Entry:
    """Return a function of some attributes before its address."""
    place = ((dw.DW_AT_low_pc, dw.DW_FORM_addr, start), (dw.DW_AT_high_pc, dw.DW_FORM_data8, size))
    return Entry(dw.DW_TAG_subprogram, [*before, *place])


def unit_of(entries: Sequence[Entry]) -> Unit:
    info = dwarfwriter.DebugInfo()
    info.unit(Entry(dw.DW_TAG_compile_unit, children=entries))
    return info.dwarf().units[0]


def test_the_line_of_a_function_is_no_function() -> None:
    line, column = dw.DW_AT_decl_line, dw.DW_AT_decl_column
    # Abbreviation 2 has one byte before the address, 3 has two: of the second function that is at line 2.
    unit = unit_of(
        [
            function((line, dw.DW_FORM_data1, 1), start=START + 16),
            function((line, dw.DW_FORM_data1, 2), (column, dw.DW_FORM_data1, 5)),
        ]
    )
    assert unit.data.count(START.to_bytes(8, "little")) == 1
    found = Blocks(unit).function_at(START + 1, START)
    assert found is not None and found.die == list(unit.root.children())[1]
    assert found.die.integer(line) == 2


def test_the_end_of_a_long_code_is_no_code() -> None:
    # As many abbreviations as it takes for the last to have the code 0x102, in LEB128 82 02.
    many = [
        Entry(dw.DW_TAG_variable, [(dw.DW_AT_decl_line, dw.DW_FORM_implicit_const, number)])
        for number in range(0x102 - 3)
    ]
    last = Entry(dw.DW_TAG_subprogram, [*function().attributes, (dw.DW_AT_decl_line, dw.DW_FORM_data1, 7)])
    unit = unit_of([function(start=START + 16), *many, last])
    found = Blocks(unit).function_at(START, START)
    assert found is not None and found.die.integer(dw.DW_AT_decl_line) == 7
    assert unit.data[found.die.offset - unit.offset :].startswith(b"\x82\x02")


def test_a_unit_full_of_one_address_costs_little() -> None:
    zeros = Entry(dw.DW_TAG_variable, [(dw.DW_AT_const_value, dw.DW_FORM_block, bytes(4 << 20))])
    unit = unit_of([zeros, function((dw.DW_AT_decl_line, dw.DW_FORM_data1, 1), start=START)])
    blocks = Blocks(unit)
    started = time.process_time()
    assert blocks.function_at(5, 0) is None
    assert time.process_time() - started < 5
