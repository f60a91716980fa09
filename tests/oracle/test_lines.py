"""Lines against other tools: rows against readelf, addresses against addr2line, places against gdb."""

from __future__ import annotations

import json
import subprocess

import pytest
from tests.support import gdb, programs
from tests.support.line_oracles import library, opened, same_lines, same_rows

from trapline.base.location import Place
from trapline.dwarf.file import Dwarf
from trapline.symbols.lines import Lines

# Source, compiler and flags: languages, compilers, optimization, versions, position, columns.
BUILDS = [
    ("lines.c", None, ("-O0",)),
    ("lines.c", None, ("-O0", "-gdwarf-2", "-no-pie")),
    ("lines.c", None, ("-Og", "-gdwarf-4")),
    ("lines.c", None, ("-O2",)),
    ("lines.c", None, ("-O3", "-gdwarf-3", "-gno-column-info", "-ffunction-sections")),
    ("lines.c", "clang", ("-O0",)),
    ("lines.c", "clang", ("-O2", "-gdwarf-4")),
    ("lines.cpp", None, ("-O0", "-gdwarf-4")),
    ("lines.cpp", None, ("-O1", "-no-pie")),
    ("lines.cpp", None, ("-O2",)),
    ("lines.rs", None, ()),
    ("lines.rs", None, ("-C", "opt-level=3")),
    ("faults.c", None, ("-O2",)),
    ("instructions.S", None, ()),
]
IDS = [" ".join([source, compiler or "", *flags]) for source, compiler, flags in BUILDS]


def build(source: str, compiler: str | None, flags: tuple[str, ...]) -> str:
    if compiler is None and source.endswith((".c", ".cpp")):
        return programs.build(source, *flags)
    return programs.build(source, *flags, compiler=compiler)


# -- rows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("source", "compiler", "flags"), BUILDS, ids=IDS)
def test_rows_are_those_of_readelf(source: str, compiler: str | None, flags: tuple[str, ...]) -> None:
    same_rows(build(source, compiler, flags))


def test_rows_of_the_dynamic_linker_are_those_of_readelf() -> None:
    same_rows(library("ld-linux-x86-64.so.2"))


# -- addresses -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("source", "compiler", "flags"), BUILDS, ids=IDS)
def test_lines_are_those_of_addr2line(source: str, compiler: str | None, flags: tuple[str, ...]) -> None:
    same_lines(build(source, compiler, flags), 300, seed=1)


def test_lines_of_the_dynamic_linker_are_those_of_addr2line() -> None:
    same_lines(library("ld-linux-x86-64.so.2"), 2000, seed=2)


# -- places to stop --------------------------------------------------------------------------------

_ASK = """
found = {{}}
run("set breakpoint pending off")
for spec in {specs}:
    try:
        one = gdb.Breakpoint(spec)
    except gdb.error as error:
        found[spec] = str(error)
        continue
    found[spec] = [
        (place.address, place.source[0] if place.source else "", place.source[1] if place.source else 0)
        for place in one.locations
    ]
    one.delete()
emit(found)
"""


def ask_gdb(path: str, specs: list[str]) -> dict[str, list[list[object]] | str]:
    answer: dict[str, list[list[object]] | str] = gdb.ask(path, _ASK.format(specs=json.dumps(specs)))[0]
    return answer


def shown(place: Place) -> list[object]:
    assert place.source is not None
    return [place.address, place.source.name, place.source.line]


def is_cold(lines: Lines, dwarf: Dwarf, address: int) -> bool:
    """Whether an address is in a part of its function that lies before the entry."""
    unit = dwarf.unit_for(address)
    block = lines.blocks(unit).function_at(address) if unit is not None else None
    return block is not None and address < block.entry


@pytest.mark.parametrize(("source", "compiler", "flags"), BUILDS, ids=IDS)
def test_places_of_lines_are_those_of_gdb(source: str, compiler: str | None, flags: tuple[str, ...]) -> None:
    """Every line of the source, one without code and one behind the end included.

    Allowed difference: gdb moves a place in the cold part of a function, which lies before the function,
    to the function's body, where that line is not; ours stays at its line.
    """
    path = build(source, compiler, flags)
    names = [source] + (["lines_inner.h"] if source == "lines.c" else [])
    count = len((programs.SOURCES / source).read_text().splitlines())
    specs = [f"{name}:{line}" for name in names for line in range(1, count + 2)]
    different = []
    with opened(path) as (dwarf, lines):
        for spec, theirs in ask_gdb(path, specs).items():
            name, _, line = spec.rpartition(":")
            match = lines.locations(name, int(line))
            ours = [shown(place) for place in match.places] if match is not None else []
            if isinstance(theirs, str):
                assert theirs.startswith("No line"), theirs
                theirs = []
            wanted = sorted({tuple(place) for place in theirs})
            cold = [place for place in ours if is_cold(lines, dwarf, place[0])]
            if cold:
                ours = [place for place in ours if place not in cold]
                wanted = [place for place in wanted if list(place) in ours]
            if [tuple(place) for place in ours] != wanted:
                different.append((spec, ours, wanted))
    assert different == []


@pytest.mark.parametrize(("source", "compiler", "flags"), BUILDS, ids=IDS)
def test_functions_begin_where_gdb_says(source: str, compiler: str | None, flags: tuple[str, ...]) -> None:
    path = build(source, compiler, flags)
    table = subprocess.run(["nm", "-S", "--defined-only", path], capture_output=True, text=True).stdout
    functions: dict[str, list[tuple[int, int]]] = {}
    for words in map(str.split, table.splitlines()):
        if len(words) == 4 and words[2] in "tTwW":
            functions.setdefault(words[3], []).append((int(words[0], 16), int(words[1], 16)))
    different = []
    with opened(path) as (dwarf, lines):
        specs = [name for name, found in functions.items() if len(found) == 1 and dwarf.unit_for(found[0][0])]
        for name, theirs in ask_gdb(path, specs[:300]).items():
            start, size = functions[name][0]
            place = lines.function_place(start, size)
            ours = shown(place) if place is not None else [start, "", 0]
            if isinstance(theirs, str) or ours not in theirs:
                different.append((name, ours, theirs))
    assert different == []
    assert specs


def test_main_of_an_optimized_program_is_in_its_own_file() -> None:
    """The prototype stopped at the line of a header that was inlined at the start of main."""
    path = programs.build("lines.c", "-O2")
    with opened(path) as (_, lines):
        place = lines.function_place(programs.file_address(path, "main"))
        assert place is not None and place.source is not None
        assert place.source.name.endswith("lines.c")


def test_a_header_line_has_a_place_in_each_block_and_no_more() -> None:
    """The prototype gave every row of the line: 572 addresses instead of 465 locations."""
    with opened(programs.build("lines.cpp", "-O2")) as (dwarf, lines):
        merged = 0
        unit = dwarf.units[0]
        table = lines.table(unit)
        assert table is not None
        for index in range(len(table.program)):
            path = table.program.path(index)
            for line in table.lines(index) if path.startswith("/usr") else ():
                rows = table.nearest([index], line)
                match = lines.locations(path, line)
                assert rows is not None and match is not None
                blocks = {lines.blocks(unit).innermost_at(address) for address, _ in rows[1]}
                assert len(match.places) <= len(blocks), (path, line)
                merged += len(rows[1]) - len(match.places)
        assert merged > 3


def test_files_are_found_by_any_tail_of_their_path() -> None:
    full = str(programs.SOURCES / "lines.cpp")
    line = programs.mark("lines.cpp", "push")
    with opened(programs.build("lines.cpp")) as (_, lines):
        expected = lines.locations("lines.cpp", line)
        assert expected is not None
        for name in (full, "programs/lines.cpp", "./lines.cpp", f"{programs.SOURCES}/../programs/lines.cpp"):
            assert lines.locations(name, line) == expected, name
        for name in ("other/lines.cpp", "ines.cpp", "lines.cppp", "/lines.cpp"):
            assert lines.locations(name, line) is None, name
        assert full in lines.files.paths()
        assert lines.locations("lines.cpp", 10_000) is None
