"""Units, entries and names against readelf, on programs of several compilers and every kind of DWARF."""

from __future__ import annotations

import atexit
import functools
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.support.programs import CACHE, SOURCES, build, symbols

from trapline.dwarf import constants as dw
from trapline.dwarf.accelerators import COVERED, Accelerator
from trapline.dwarf.cache import Cache
from trapline.dwarf.die import Die, qualified_name
from trapline.dwarf.encoding import uleb
from trapline.dwarf.file import Dwarf
from trapline.dwarf.names import Names
from trapline.dwarf.search import NAMED, SCOPES
from trapline.dwarf.units import Unit
from trapline.elf.image import Image

CPP20 = "-std=c++20"
PROGRAMS = [
    ("types_c.c", None, ("-gdwarf-2",)),
    ("types_c.c", None, ("-gdwarf-3", "-O2")),
    ("types_c.c", None, ("-gdwarf-4", "-gz")),
    ("types_c.c", None, ("-gdwarf-5", "-gdwarf64")),
    ("types_c.c", "clang", ("-gdwarf-4",)),
    ("types_c.c", "clang", ("-gdwarf-5", "-O2")),
    ("types_cpp.cpp", None, (CPP20, "-gdwarf-4")),
    ("types_cpp.cpp", None, (CPP20, "-gdwarf-5", "-O2")),
    ("types_cpp.cpp", None, (CPP20, "-flto", "-O2")),
    ("types_cpp.cpp", None, (CPP20, "-fdebug-types-section", "-gdwarf-4")),
    ("types_cpp.cpp", None, (CPP20, "-fdebug-types-section", "-gdwarf-5")),
    ("types_cpp.cpp", "clang++", (CPP20, "-gdwarf-5")),
    ("counted.rs", None, ()),
]
SPLIT = [
    ("types_cpp.cpp", None, (CPP20, "-gsplit-dwarf", "-gdwarf-4")),
    ("types_cpp.cpp", None, (CPP20, "-gsplit-dwarf", "-gdwarf-5")),
    ("types_cpp.cpp", "clang++", (CPP20, "-gsplit-dwarf", "-gdwarf-5")),
]
OBJECTS = [
    ("types_c.c", None, ("-c",)),
    ("types_cpp.cpp", "clang++", (CPP20, "-c", "-gz")),
]
NUMBERS = {name: value for name, value in vars(dw).items() if name.startswith(("DW_TAG_", "DW_AT_"))}
NUMBERS["DW_TAG_template_type_param"] = dw.DW_TAG_template_type_parameter
NUMBERS["DW_TAG_template_value_param"] = dw.DW_TAG_template_value_parameter

FORMS = {value: name for name, value in vars(dw).items() if name.startswith("DW_FORM_")}

_TABLE = re.compile(r"  Number TAG \((?:0x)?([0-9a-f]+)\)")
_DECLARED = re.compile(r"   (\d+)      \S.*\[(?:has|no) children\]")
_FORM = re.compile(r" (DW_FORM_\w+(?:: -?\d+)?)$")
_ENTRY = re.compile(r" <([0-9a-f]+)><([0-9a-f]+)>: Abbrev Number: \d+ \((DW_TAG_\w+)\)")
_SECTION = re.compile(r"Contents of the (\S+) section")
_ATTRIBUTE = re.compile(r"    <[0-9a-f]+>   (DW_AT_\w+|Unknown AT value: [0-9a-f]+)\s*:(.*)")
# What comes before a string that is not in the unit: "(indirect line string, offset: 0x12): ".
_WHERE = re.compile(r"^ ?\((?:alt )?(?:indirect|indexed)[^)]*\):? ")


def parameters(rows: list[tuple[str, str | None, tuple[str, ...]]]) -> list[object]:
    return [
        pytest.param(source, compiler, flags, id=" ".join((source, compiler or "", *flags)))
        for source, compiler, flags in rows
    ]


class Row(NamedTuple):
    """One entry: section, offset, depth, tag, attributes, and its name where readelf prints one."""

    section: str
    offset: int
    depth: int
    tag: int
    attributes: tuple[int, ...]
    name: str | None


def by_readelf(path: str) -> list[Row]:
    command = ["readelf", "--debug-dump=info", path]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    output = raw.decode("utf-8", "backslashreplace")
    rows: list[Row] = []
    section = ""
    for line in output.splitlines():
        if contents := _SECTION.match(line):
            section = contents[1]
        elif entry := _ENTRY.match(line):
            rows.append(Row(section, int(entry[2], 16), int(entry[1]), NUMBERS[entry[3]], (), None))
        elif (attribute := _ATTRIBUTE.match(line)) and rows:
            row = rows[-1]
            number = NUMBERS.get(attribute[1])
            if number is None:
                number = int(attribute[1].split()[-1], 16)
            name = row.name
            if number == dw.DW_AT_name:
                name = _WHERE.sub("", attribute[2])
            rows[-1] = row._replace(attributes=(*row.attributes, number), name=name and name.strip())
    return rows


def by_us(dwarf: Dwarf) -> Iterator[Row]:
    for unit in dict.fromkeys((*dwarf.units, *dwarf.type_units)):
        depths: dict[Die, int] = {}
        for die in unit.dies():
            depths[die] = 0 if die.parent is None else depths[die.parent] + 1
            attributes = tuple(attribute for attribute, _ in die.attributes())
            name = die.name
            yield Row(unit.section.name, die.offset, depths[die], die.tag, attributes, name and name.strip())


def agree(path: str, dwarf: Dwarf, *, names: bool = True) -> None:
    wanted = sorted(by_readelf(path), key=lambda row: row[:2])
    found = sorted(by_us(dwarf), key=lambda row: row[:2])
    assert len(wanted) > 20
    for ours, theirs in zip(found, wanted, strict=True):
        assert ours[:-1] == theirs[:-1]
        assert ours.name == theirs.name or not names
    assert dwarf.problems == []


@pytest.mark.parametrize(("source", "compiler", "flags"), parameters(PROGRAMS + OBJECTS))
def test_every_entry_and_its_attributes(source: str, compiler: str | None, flags: tuple[str, ...]) -> None:
    path = build(source, *flags, compiler=compiler)
    agree(path, Dwarf(Image.open(path)))


def declared_by_readelf(path: str) -> dict[tuple[int, int], list[str]]:
    """Return what the abbreviations at an offset declare by a code: forms, with the constants behind them."""
    command = ["readelf", "-W", "--debug-dump=abbrev", path]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[tuple[int, int], list[str]] = {}
    table = 0
    forms: list[str] = []
    for line in output.splitlines():
        if begins := _TABLE.match(line):
            table = int(begins[1], 16)
        elif declared := _DECLARED.match(line):
            forms = found[table, int(declared[1])] = []
        elif form := _FORM.search(line):
            forms.append(form[1])
    return found


def declared_by_us(dwarf: Dwarf) -> Iterator[tuple[tuple[int, int], list[str]]]:
    for unit in dict.fromkeys((*dwarf.units, *dwarf.type_units)):
        table = unit.table.decode_all()
        code, _ = uleb(unit.data, unit.first - unit.offset)
        first = dwarf.abbreviations.of_unit(unit.abbreviations_at, unit.width, code)
        assert first is unit.root.abbreviation
        for code, entry in table.items():
            yield (
                (unit.abbreviations_at, code),
                [
                    FORMS[form] + (f": {constant}" if constant is not None else "")
                    for _, form, constant in entry.attributes
                ],
            )


@pytest.mark.parametrize(("source", "compiler", "flags"), parameters(PROGRAMS + OBJECTS))
def test_every_declaration(source: str, compiler: str | None, flags: tuple[str, ...]) -> None:
    path = build(source, *flags, compiler=compiler)
    ours = dict(declared_by_us(Dwarf(Image.open(path))))
    assert len(ours) > 10
    assert ours == declared_by_readelf(path)


def split_file(unit: Unit) -> Path:
    return Path(unit.directory or "", unit.split_name or "")


@pytest.mark.parametrize(("source", "compiler", "flags"), parameters(SPLIT))
def test_every_entry_of_split_units(source: str, compiler: str | None, flags: tuple[str, ...]) -> None:
    dwarf = open_program(source, compiler, flags)
    (unit,) = (unit for unit in dwarf.units if unit.split_name)
    assert unit.body is not unit
    # readelf 2.40 takes strings of version 5 from two entries further on than they are.
    agree(str(split_file(unit)), unit.body.dwarf, names=unit.version < 5)


@functools.cache
def built_in_place(source: str, compiler: str, flags: tuple[str, ...]) -> str:
    """Return a program whose compiler leaves the .dwo file where it runs: in a directory of its own."""
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler} here")
    CACHE.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="split-", dir=CACHE))
    command = [compiler, "-g", *flags, str(SOURCES / source), "-o", "program"]
    subprocess.run(command, check=True, cwd=folder)
    atexit.register(shutil.rmtree, folder)
    return str(folder / "program")


def open_program(source: str, compiler: str | None, flags: tuple[str, ...]) -> Dwarf:
    if compiler is not None and "-gsplit-dwarf" in flags:
        path = built_in_place(source, compiler, flags)
    else:
        path = build(source, *flags, compiler=compiler)
    dwarf = Dwarf(Image.open(path))
    known: dict[Path, Dwarf] = {}

    def find(unit: Unit) -> Dwarf:
        path = split_file(unit)
        if path not in known:
            known[path] = Dwarf(Image.open(str(path)), split=True)
        return known[path]

    dwarf.find_split = find
    return dwarf


def defined(dwarf: Dwarf) -> Iterator[Die]:
    """Yield, by going through everything, what names are searched for."""
    units = dict.fromkeys((*dwarf.units, *dwarf.type_units))
    bodies = dict.fromkeys(unit.body for unit in units)
    more = (unit for body in bodies for unit in body.dwarf.type_units)
    for unit in dict.fromkeys((*bodies, *more)):
        for die in unit.dies():
            if die.tag not in NAMED or die.tag == dw.DW_TAG_member or die.flag(dw.DW_AT_declaration):
                continue
            low = die.address(dw.DW_AT_low_pc)
            if low is not None and dwarf.is_dropped(low):
                continue
            # Methods of a class inside a function stand outside, and are its as well.
            if all(is_outside(one) for one in die.origins()):
                yield die


def is_outside(die: Die) -> bool:
    around = die.parent
    while around is not None and around.tag in SCOPES:
        around = around.parent
    return around is None


@pytest.mark.parametrize(("source", "compiler", "flags"), parameters(PROGRAMS + SPLIT))
def test_names_found_are_those_that_are_there(
    source: str, compiler: str | None, flags: tuple[str, ...]
) -> None:
    dwarf = open_program(source, compiler, flags)
    by_name: dict[str, set[tuple[str, int]]] = {}
    by_qualified: set[str] = set()
    for die in defined(dwarf):
        named = die if die.has(dw.DW_AT_name) else die.ref(dw.DW_AT_specification)
        if named is not None and named.name and named.parent is not None:
            by_name.setdefault(named.name, set()).add((die.unit.dwarf.file, die.offset))
            if die.tag != dw.DW_TAG_namespace:
                by_qualified.add(qualified_name(die))
    assert len(by_name) > 20
    names = Names(dwarf, cache=Cache(None))
    # Every name of a small program, some of a large one's.
    chosen = sorted(by_name)[:: max(1, len(by_name) // 60)]
    for name in chosen:
        found = {(die.unit.dwarf.file, die.offset): die for die in names.find(name)}
        assert by_name[name] <= found.keys(), name
        # What else is found are declarations that need no definition.
        more = [die for place, die in found.items() if place not in by_name[name]]
        assert all(die.has(dw.DW_AT_const_value) for die in more), name
    assert by_qualified <= {qualified for qualified, _ in names.matching("")}


@pytest.mark.parametrize(("source", "compiler", "flags"), parameters(PROGRAMS + SPLIT))
def test_functions_are_where_their_symbols_are(
    source: str, compiler: str | None, flags: tuple[str, ...]
) -> None:
    dwarf = open_program(source, compiler, flags)
    addresses = set(symbols(dwarf.file).values())
    names = Names(dwarf, cache=Cache(None))
    (main,) = names.find("main", {dw.DW_TAG_subprogram})
    code = [die for die in (main, *names.instances([main])) if die.ranges()]
    (start,) = {die.ranges()[0].start for die in code}
    assert start in addresses
    unit = dwarf.unit_for(start)
    assert unit is not None and unit.body is code[0].unit
    count = 0
    for die in unit.body.dies():
        if die.tag == dw.DW_TAG_subprogram and die.ranges():
            start = die.ranges()[0].start
            assert start in addresses
            assert dwarf.unit_for(start) is unit
            count += 1
    assert count


def test_what_dwz_makes_of_two_programs(tmp_path: Path) -> None:
    if shutil.which("dwz") is None:
        pytest.skip("no dwz here: apt-get install dwz")
    copies = []
    for number, flags in enumerate(((CPP20,), (CPP20, "-O1"))):
        copy = tmp_path / f"program{number}"
        shutil.copy(build("types_cpp.cpp", *flags, "-gdwarf-5"), copy)
        copies.append(str(copy))
    common = str(tmp_path / "common")
    done = subprocess.run(["dwz", "-m", common, *copies], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    whole = Names(Dwarf(Image.open(build("types_cpp.cpp", CPP20, "-gdwarf-5"))), cache=Cache(None))
    supplementary = Dwarf(Image.open(common))
    dwarf = Dwarf(Image.open(copies[0]), supplementary=supplementary)
    names = Names(dwarf, cache=Cache(None))
    moved = 0
    wanted = dict(whole.matching(""))
    assert len(wanted) > 100
    for qualified in sorted(wanted)[:: len(wanted) // 100]:
        name = wanted[qualified].find(dw.DW_AT_name)
        assert isinstance(name, str)
        found = [die for die in names.find(name) if qualified_name(die) == qualified]
        assert found, qualified
        moved += any(die.unit.dwarf is supplementary for die in found)
    assert moved
    assert dwarf.problems == supplementary.problems == []


@pytest.mark.parametrize(
    ("source", "compiler", "flags", "tool"),
    [
        ("types_cpp.cpp", None, (CPP20, "-gdwarf-4"), "gdb-add-index"),
        ("types_cpp.cpp", None, (CPP20, "-gdwarf-5", "-O2"), "gdb-add-index -dwarf-5"),
        ("types_cpp.cpp", None, (CPP20, "-gdwarf-5"), "gdb-add-index -dwarf-5"),
        ("types_cpp.cpp", "clang++", (CPP20, "-gdwarf-5", "-gpubnames"), ""),
        ("types_c.c", "clang", ("-gdwarf-5", "-gpubnames", "-O2"), ""),
    ],
)
def test_an_index_of_others_changes_nothing_that_is_found(
    source: str, compiler: str | None, flags: tuple[str, ...], tool: str, tmp_path: Path
) -> None:
    plain = build(source, *(flag for flag in flags if flag != "-gpubnames"), compiler=compiler)
    indexed = str(tmp_path / "indexed")
    shutil.copy(build(source, *flags, compiler=compiler), indexed)
    if tool:
        command, *options = tool.split()
        if shutil.which(command) is None:
            pytest.skip(f"no {command} here")
        subprocess.run([command, *options, indexed], check=True, capture_output=True)
    dwarf = Dwarf(Image.open(indexed))
    accelerator = Accelerator(dwarf)
    known = {qualified_name(die): die for die in defined(Dwarf(Image.open(plain))) if die.tag in COVERED}
    assert len(known) > 10
    names = Names(dwarf, cache=Cache(None))
    used = 0
    for qualified in sorted(known)[:: max(1, len(known) // 60)]:
        name = known[qualified].find(dw.DW_AT_name)
        if not isinstance(name, str):
            continue
        assert qualified in {qualified_name(die) for die in names.find(name, COVERED)}
        units = accelerator.units(name.encode())
        used += units is not None and bool(units.defining)
    # .gdb_index is not read, and what gdb 13 writes as .debug_names is none.
    assert bool(used) == (not tool)
    assert dwarf.problems == []
