"""A pattern that many functions of many units have: each unit's line table is read once."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trapline.dwarf.file import Dwarf
from trapline.elf.image import Image
from trapline.elf.symbols import SymbolTable
from trapline.inferior import Inferior
from trapline.symbols import lines
from trapline.symbols.blocks import Blocks

_UNITS, _FUNCTIONS = 6, 5


def test_functions_of_many_units_read_each_line_table_once(
    launch: Callable[..., Inferior], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By name they go through the units again and again, and only few tables are held."""
    sources = []
    for unit in range(_UNITS):
        source = tmp_path / f"unit{unit}.c"
        source.write_text(
            "".join(f"int of_{number}_{unit}(void) {{ return {number}; }}\n" for number in range(_FUNCTIONS))
        )
        sources.append(str(source))
    main = tmp_path / "main.c"
    main.write_text("int main(void) { return 0; }\n")
    program = str(tmp_path / "units")
    subprocess.run(["gcc", "-g", "-O0", "-o", program, str(main), *sources], check=True)

    read: list[int] = []

    class Counted(lines.LineTable):
        """A line table that is counted when it is read."""

        def __init__(self, program: Any, **options: Any) -> None:
            read.append(id(program))
            super().__init__(program, **options)

    monkeypatch.setattr(lines, "LineTable", Counted)
    monkeypatch.setattr(lines, "_KEPT_ROWS", 1)
    found = launch([program]).set_breakpoint(re.compile(r"^of_\d_\d$"))
    assert len(read) == _UNITS
    assert sorted(place.function or "" for place in found.locations) == [
        f"of_{number}_{unit}" for number in range(_FUNCTIONS) for unit in range(_UNITS)
    ]
    assert {place.source.line for place in found.locations if place.source} == {*range(1, _FUNCTIONS + 1)}


def test_functions_that_are_searched_for_are_those_of_the_whole_unit(tmp_path: Path) -> None:
    """One function is found by its address' bytes; of many in a unit all are read: the same ones."""
    source = tmp_path / "many.cpp"
    source.write_text(
        "".join(
            f"int use{number}(int x) {{ return [&](int y) {{ return x + y + {number}; }}(x); }}\n"
            for number in range(40)
        )
        + "int main() { return 0; }\n"
    )
    program = str(tmp_path / "many")
    subprocess.run(["g++", "-g", "-O0", "-o", program, str(source)], check=True)
    image = Image.from_bytes(Path(program).read_bytes(), program)
    symbols = SymbolTable(image).matching(re.compile(r"use\d").search)
    starts = [symbol.address for symbol in symbols]
    dwarf = Dwarf(image)
    unit = dwarf.unit_for(starts[0])
    assert unit is not None and len(starts) == 80
    together = Blocks(unit)
    for start in starts:
        assert together.function_at(start, start) == Blocks(unit).function_at(start, start) is not None
