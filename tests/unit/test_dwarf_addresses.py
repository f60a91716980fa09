"""Which unit an address belongs to, whatever tables say of it."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.support import programs
from tests.support.dwarfwriter import DebugInfo, Entry

from trapline.dwarf import constants as dw
from trapline.dwarf.addresses import IndexAddresses
from trapline.dwarf.file import Dwarf
from trapline.dwarf.ranges import Range
from trapline.dwarf.units import Unit
from trapline.elf.image import Image
from trapline.symbols.split import SplitFiles

CU = dw.DW_TAG_compile_unit


def two_units(*, aranges: list[tuple[int, list[tuple[int, int]]]]) -> DebugInfo:
    info = DebugInfo()
    for number in (1, 2):
        code: list[tuple[int, int, Any]] = [
            (dw.DW_AT_name, dw.DW_FORM_string, f"{number}.c"),
            (dw.DW_AT_low_pc, dw.DW_FORM_addr, 0x1000 * number),
            (dw.DW_AT_high_pc, dw.DW_FORM_data4, 0x100),
        ]
        info.labels[str(number)] = info.unit(Entry(CU, code)), 0
    for number, runs in aranges:
        info.arange(info.labels[str(number)][0] if number else 0x7777, runs)
    return info


@pytest.mark.parametrize(
    "aranges",
    [
        [],
        [(1, [(0x1000, 0x100)]), (2, [(0x2000, 0x100)])],
        [(1, [(0x1000, 0x100)])],
        [(1, [(0x1000, 0x80)]), (2, [])],
        [(2, [(0x1000, 0x100)]), (1, [(0x2000, 0x100)])],
        [(0, [(0x1000, 0x1000)])],
        [(1, [(0, 0x100000)]), (2, [(0x2000, 0x100)])],
    ],
    ids=("none", "right", "a unit missing", "runs missing", "swapped", "no such unit", "a run too long"),
)
def test_unit_for_an_address_whatever_aranges_say(aranges: list[tuple[int, list[tuple[int, int]]]]) -> None:
    dwarf = two_units(aranges=aranges).dwarf()

    def name(address: int) -> str | None:
        unit = dwarf.unit_for(address)
        return unit.name if unit is not None else None

    assert [name(address) for address in (0x1000, 0x10FF, 0x2000, 0x20FF)] == ["1.c", "1.c", "2.c", "2.c"]
    assert [name(address) for address in (0, 0xFFF, 0x1100, 0x2100, 2**64 - 1)] == [None] * 5
    assert name(0x1080) == "1.c"


@pytest.mark.parametrize(
    "flags",
    [(), ("-gdwarf-4", "-fdebug-types-section"), ("-gsplit-dwarf",), ("-gsplit-dwarf", "-gdwarf-4")],
    ids=" ".join,
)
def test_gdb_index_tells_the_unit_of_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...]
) -> None:
    """Where there is no .debug_aranges, as in what clang writes: one unit is asked, not all."""
    sources = []
    for name in ("one", "two", "three"):
        sources.append(tmp_path / f"{name}.c")
        sources[-1].write_text(
            f"struct {name} {{ int x; }} {name}; int in_{name}(int x) {{ return x + 1; }}\n"
        )
    sources[0].write_text(sources[0].read_text() + "int main(void) { return in_one(-1); }\n")
    program = tmp_path / "program"
    subprocess.run(["clang", "-g", "-O0", *flags, *sources, "-o", program], check=True, cwd=tmp_path)
    subprocess.run(["gdb-add-index", program], check=True, capture_output=True)
    image = Image.open(str(program))
    assert image.section(".debug_aranges") is None and image.section(".gdb_index") is not None
    asked: list[int] = []
    ranges = Unit.ranges

    def counted(unit: Unit) -> list[Range]:
        asked.append(unit.offset)
        return ranges(unit)

    monkeypatch.setattr(Unit, "ranges", counted)
    symbols = programs.symbols(str(program))
    split = SplitFiles(image.name, image.name)
    for name in ("three", "one", "two"):
        asked.clear()
        dwarf = Dwarf(image)
        dwarf.find_split = split.find
        unit = dwarf.unit_for(symbols[f"in_{name}"] + 4)
        assert unit is not None and str(unit.body.name).endswith(f"{name}.c")
        assert asked == [unit.offset]
    split.close()
    assert Dwarf(image).unit_for(symbols["_start"]) is None


def gdb_index(
    unit: tuple[int, int], *runs: tuple[int, int, int], version: int = 7, types: bytes = b""
) -> bytes:
    """Return a section with one unit (offset, size), type units, runs (start, end, number), and no names."""
    words = 7 if version >= 9 else 6  # with the place of the shortcuts
    units_at = 4 * words
    runs_at = units_at + 16 + len(types)
    end = runs_at + 20 * len(runs)
    places = (units_at, units_at + 16, runs_at, *[end] * (words - 4))
    head = struct.pack(f"<{words}I2Q", version, *places, *unit)
    return head + types + b"".join(struct.pack("<QQI", *run) for run in runs)


@pytest.mark.parametrize("version", range(3, 11))
def test_gdb_indices_of_several_versions(version: int) -> None:
    """Version 9 has one word more; what is numbered behind the units is a type's, and has no code."""
    info = two_units(aranges=[])
    runs = (0x1000, 0x1100, 0), (0x2000, 0x2100, 1)
    types = struct.pack("<3Q", 0, 8, 0x1234)
    info.add(".gdb_index", gdb_index((0, 8), *runs, version=version, types=types))
    addresses = IndexAddresses(info.dwarf().sections.get(".gdb_index"))
    found = [addresses.find(address) for address in (0xFFF, 0x1000, 0x10FF, 0x1100, 0x2000)]
    expected = 0 if 4 <= version <= 9 else None
    assert found == [None, expected, expected, None, None]
    assert addresses.units() == ({0} if 4 <= version <= 9 else set())


@pytest.mark.parametrize(
    "index",
    [
        b"\7",
        gdb_index((0x7777, 8), (0x1000, 0x1100, 0), (0x1000, 0x1100, 0)),
        gdb_index((0, 8), (0x1100, 0x1000, 0)),
        gdb_index((0, 8), (0x1000, 2**64 - 1, 9)),
        struct.pack("<6I", 7, 24, 8, 40, 0x7FFFFFFF, 0),
        gdb_index((0, 8), (0x1000, 0x1100, 0), version=99),
    ],
    ids=("cut off", "no such unit", "backwards", "no such number", "beyond the end", "of the future"),
)
def test_gdb_indices_that_lie(index: bytes) -> None:
    info = two_units(aranges=[])
    info.add(".gdb_index", index)
    dwarf = info.dwarf()
    found = [dwarf.unit_for(address) for address in (0x1000, 0x20FF, 0x3000)]
    assert [unit.name if unit is not None else None for unit in found] == ["1.c", "2.c", None]


def test_units_that_share_code_and_units_inside_others() -> None:
    info = DebugInfo()
    for low, size in ((0x1000, 0x1000), (0x1100, 0x10), (0x1100, 0x10), (0x1200, 0x800), (0x1900, 0x1000)):
        code: list[tuple[int, int, Any]] = [
            (dw.DW_AT_low_pc, dw.DW_FORM_addr, low),
            (dw.DW_AT_high_pc, dw.DW_FORM_udata, size),
        ]
        info.unit(Entry(CU, code))
    dwarf = info.dwarf()
    wanted = {
        0x1000: 0,
        0x1100: 1,
        0x110F: 1,
        0x1110: 0,
        0x1200: 3,
        0x1900: 4,
        0x19FF: 4,
        0x2000: 4,
        0x28FF: 4,
    }
    for address, number in wanted.items():
        assert dwarf.unit_for(address) is dwarf.units[number], hex(address)
    assert dwarf.unit_for(0x2900) is None
