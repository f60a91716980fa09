"""Macro records of every form, also ones that lie; what a text becomes with macros replaced."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest
from hypothesis import given, settings, strategies as st
from tests.support.dwarfwriter import DebugInfo, Entry, uleb

from trapline.base.errors import BadData, EvaluationError
from trapline.dwarf import constants as dw, macros
from trapline.dwarf.file import Dwarf
from trapline.dwarf.macros import DEFINE, END_FILE, START_FILE, UNDEFINE, Record
from trapline.inspection.macro_expansion import expand
from trapline.symbols.lines import Lines
from trapline.symbols.macros import UnitMacros, defined

CU = dw.DW_TAG_compile_unit


def header(version: int = 5, flags: int = 0, rest: bytes = b"") -> bytes:
    return struct.pack("<HB", version, flags) + rest


def define(line: int, text: bytes) -> bytes:
    return b"\1" + uleb(line) + text + b"\0"


def start(line: int, file: int) -> bytes:
    return b"\3" + uleb(line) + uleb(file)


def file_of(
    body: bytes, *, section: str = ".debug_macro", attribute: int = dw.DW_AT_macros, at: int = 0
) -> Dwarf:
    """Return a file with one unit whose macros are these bytes."""
    info = DebugInfo()
    info.add(section, body)
    info.unit(Entry(CU, [(attribute, dw.DW_FORM_sec_offset, at)]))
    return info.dwarf()


def records_of(dwarf: Dwarf) -> list[Record]:
    return list(macros.records(dwarf.units[0]))


def test_no_macros() -> None:
    info = DebugInfo()
    info.unit(Entry(CU, []))
    unit = info.dwarf().units[0]
    assert not macros.has_macros(unit)
    assert list(macros.records(unit)) == []


@pytest.mark.parametrize("size", [4, 8])
@pytest.mark.parametrize("attribute", [dw.DW_AT_macros, dw.DW_AT_GNU_macros])
def test_every_kind(size: int, attribute: int) -> None:
    """Strings in place, by offset and by index; files; imports; kinds that the header describes."""
    info = DebugInfo()
    text = info.add(".debug_str", b"\0ONE 1\0TWO\0")
    index = info.add(".debug_str_offsets", b"\0" * 8 + struct.pack("<II", text + 1, text + 7))

    def offset(value: int) -> bytes:
        return value.to_bytes(size, "little")

    operands = bytes((1, 0xE0)) + uleb(3) + bytes((dw.DW_FORM_udata, dw.DW_FORM_string, dw.DW_FORM_block1))
    imported = info.add(".debug_macro", header(4, 0, b"\5" + uleb(9) + struct.pack("<I", text + 1) + b"\0"))
    body = (
        header(5, (size == 8) | 2 | 4, offset(0) + operands)
        + start(0, 3)
        + b"\7" + offset(imported)
        + b"\5" + uleb(200) + offset(text + 1)
        + b"\6" + uleb(300) + offset(text + 7)
        + b"\xe0" + uleb(70000) + b"text\0" + b"\2ab"
        + b"\x0b" + uleb(4) + uleb(0)
        + b"\x0c" + uleb(5) + uleb(1)
        + define(6, b"F(a,b) a")
        + b"\2" + uleb(7) + b"F\0"
        + b"\x08" + uleb(8) + offset(1)  # of a supplementary file that is not here
        + b"\x0a" + offset(1)
        + b"\4\0"
    )  # fmt: skip
    at = info.add(".debug_macro", body)
    info.unit(
        Entry(
            CU,
            [
                (attribute, dw.DW_FORM_sec_offset, at),
                (dw.DW_AT_str_offsets_base, dw.DW_FORM_sec_offset, index + 8),
            ],
        )
    )
    assert records_of(info.dwarf()) == [
        Record(START_FILE, 0, b"", 3),
        Record(DEFINE, 9, b"ONE 1", 0),
        Record(DEFINE, 200, b"ONE 1", 0),
        Record(UNDEFINE, 300, b"TWO", 0),
        Record(DEFINE, 4, b"ONE 1", 0),
        Record(UNDEFINE, 5, b"TWO", 0),
        Record(DEFINE, 6, b"F(a,b) a", 0),
        Record(UNDEFINE, 7, b"F", 0),
        Record(DEFINE, 8, b"", 0),
        Record(END_FILE, 0, b"", 0),
    ]


def test_old_records() -> None:
    """DWARF 2 to 4 have a section of their own, without a header."""
    body = (
        b"\xff" + uleb(1) + b"vendor\0" + start(0, 1) + define(2, b"A 1") + b"\2" + uleb(3) + b"A\0" + b"\4\0"
    )
    dwarf = file_of(body, section=".debug_macinfo", attribute=dw.DW_AT_macro_info)
    kinds = [(record.kind, record.line, record.text) for record in records_of(dwarf)]
    assert kinds == [(START_FILE, 0, b""), (DEFINE, 2, b"A 1"), (UNDEFINE, 3, b"A"), (END_FILE, 0, b"")]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "cut off"),
        (b"\1\1A", "no string there"),
        (b"\5\1\0\0\0\0", "unknown kind 0x5"),  # which `.debug_macro` has
        (b"\xe0\1A\0", "unknown kind 0xe0"),
        (b"\xff\1A", "cut off"),
    ],
)
def test_old_records_that_lie(body: bytes, said: str) -> None:
    dwarf = file_of(body, section=".debug_macinfo", attribute=dw.DW_AT_macro_info)
    with pytest.raises(BadData, match=said):
        records_of(dwarf)


def test_texts_longer_than_what_is_read_at_once() -> None:
    long = b"LONG " + b"x" * 100_000
    body = header() + define(1, b"A 1") + define(2, long) + define(3, b"B 2") + b"\0"
    assert [record.text for record in records_of(file_of(body))] == [b"A 1", long, b"B 2"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "cut off"),
        (header(3), "unknown version 3"),
        (header(), "cut off"),
        (header() + define(1, b"A")[:-1], "no string there"),
        (header() + b"\1\xff", "cut off"),
        (header() + b"\1" + b"\x80" * 50, "cut off"),
        (header() + b"\5\1\xff\xff\xff\x7f\0", "no string there"),
        (header() + b"\x0b\1\xff\xff\xff\x7f\0", "past its end"),
        (header() + b"\x55", "unknown kind 0x55"),
        (header() + b"\7\xff\xff\xff\x7f", "cut off"),
        (header(flags=4, rest=b"\1\xe0\xff\xff\xff\xff\x7f"), "past its end"),
        (header(flags=4, rest=b"\1\xe0\1\xff") + b"\xe0", "cut off"),
    ],
)
def test_records_that_lie(body: bytes, said: str) -> None:
    dwarf = file_of(body)
    with pytest.raises(BadData, match=said):
        records_of(dwarf)
    unit = dwarf.units[0]
    assert UnitMacros(unit, Lines(dwarf)).find("A", (1,)) is None
    assert any(said in problem for problem in dwarf.problems)


def test_imports_that_never_end() -> None:
    """An import of itself is passed over; forty that double each time are cut short; so is a long chain."""
    assert records_of(file_of(header() + b"\7\0\0\0\0" + define(1, b"A") + b"\0"))[0].text == b"A"
    size = 3 + 5 + 5 + 1
    doubling = b"".join(
        header() + (b"\7" + struct.pack("<I", size * (number + 1))) * 2 + b"\0" for number in range(40)
    )
    with pytest.raises(BadData, match="more than 500000 macro records"):
        records_of(file_of(doubling + header() + b"\0"))
    size = 3 + 5 + 1
    chain = b"".join(
        header() + b"\7" + struct.pack("<I", size * (number + 1)) + b"\0" for number in range(5000)
    )
    with pytest.raises(BadData, match="deep"):
        records_of(file_of(chain + header() + b"\0"))


def test_files_included_without_end() -> None:
    dwarf = file_of(header() + b"".join(start(1, 1) for _ in range(5000)) + define(1, b"A"))
    UnitMacros(dwarf.units[0], Lines(dwarf))
    assert any("deep" in problem for problem in dwarf.problems)


def test_texts_and_places_that_are_more_than_memory() -> None:
    """A megabyte that each record names, and definitions at the end of hundreds of inclusions: cut short."""
    info = DebugInfo()
    info.add(".debug_str", b"A " + b"1" * 1_000_000 + b"\0")
    at = info.add(".debug_macro", header() + b"\5\1\0\0\0\0" * 1000 + b"\0")
    info.unit(Entry(CU, [(dw.DW_AT_macros, dw.DW_FORM_sec_offset, at)]))
    with pytest.raises(BadData, match="more than 64 MB of macros"):
        all(record.text for record in macros.records(info.dwarf().units[0]))
    deep = b"".join(start(1, 1) for _ in range(400))
    dwarf = file_of(header() + deep + define(1, b"A") * 100_000 + b"\0")
    UnitMacros(dwarf.units[0], Lines(dwarf))
    assert any("too deep, too often" in problem for problem in dwarf.problems)


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    for section, attribute in ((".debug_macro", dw.DW_AT_macros), (".debug_macinfo", dw.DW_AT_macro_info)):
        dwarf = file_of(header() + data, section=section, attribute=attribute)
        known = UnitMacros(dwarf.units[0], Lines(dwarf))
        list(known.at(known.place("/a.c", 3)))


def test_the_place_decides() -> None:
    """What a header defines holds behind the line of its #include; what is undefined no longer."""
    body = (
        header()
        + define(0, b"GIVEN 9")
        + start(0, 1)
        + start(0, 2) + define(1, b"EARLY 0") + b"\4"
        + define(2, b"A 1")
        + start(3, 2) + define(5, b"H 1") + b"\2" + uleb(6) + b"A\0" + b"\4"
        + start(3, 2) + define(5, b"H2 1") + b"\4"
        + define(8, b"A 2")
        + b"\2" + uleb(9) + b"GIVEN\0"
        + b"\4"
        + define(0, b"LAST 1")  # clang's place for what the command line defines
        + b"\0"
    )  # fmt: skip
    dwarf = file_of(body)
    known = UnitMacros(dwarf.units[0], Lines(dwarf))

    def seen(line: int) -> str:
        return " ".join(f"{one.macro.name}={one.macro.body}" for one in known.at((line,)))

    assert seen(1) == "EARLY=0 GIVEN=9 LAST=1"
    assert seen(2) == "A=1 EARLY=0 GIVEN=9 LAST=1"
    assert seen(3) == "A=1 EARLY=0 GIVEN=9 LAST=1"
    assert seen(4) == "EARLY=0 GIVEN=9 H=1 LAST=1"
    assert seen(5) == "EARLY=0 GIVEN=9 H=1 H2=1 LAST=1"
    assert seen(8) == "A=2 EARLY=0 GIVEN=9 H=1 H2=1 LAST=1"
    assert seen(9) == "A=2 EARLY=0 H=1 H2=1 LAST=1"
    assert [one.sources for one in known.all_of("A")] == [(("?", 2),), (("?", 8),)]


def _macros() -> Iterator[str]:
    yield from ("F(x) x", "DEEP0 0", "DOUBLE0 DOUBLE1 DOUBLE1", "NOTHING0 NOTHING1 NOTHING1")
    yield from (f"DEEP{number} DEEP{number - 1}" for number in range(1, 1000))
    yield from (f"DOUBLE{number} DOUBLE{number + 1} DOUBLE{number + 1}" for number in range(1, 60))
    yield from (f"NOTHING{number} NOTHING{number + 1}NOTHING{number + 1}"[:60] for number in range(1, 20))
    yield from (f"EMPTY{number} EMPTY{number + 1} EMPTY{number + 1}" for number in range(60))
    yield "EMPTY60 "
    yield f"JOINED(x) {'##'.join(['x'] * 5000)}"


@pytest.mark.parametrize(
    "text",
    [
        "DEEP999",
        "DOUBLE0",
        "EMPTY0",
        "F(" * 3000 + ")" * 3000,
        "F(F(1)" * 2000,
        "JOINED() " * 10_000,
        f"JOINED({'x' * 90_000})",
    ],
    ids=lambda text: text[:12],
)
def test_expansions_without_end(text: str) -> None:
    """Macros of macros that double each time, or are nested without end: one line, in a moment."""
    known = {macro.name: macro for macro in map(defined, _macros())}
    with pytest.raises(EvaluationError) as error:
        expand(text, known.get)
    assert len(str(error.value)) < 120


def test_stray_signs() -> None:
    """What no preprocessor would take says so."""
    for body, said in (("#", "must name"), ("a ##", "end of macro"), ("## a", "Stray"), ("#b", "must name")):
        macro = defined(f"F(a) {body}")
        with pytest.raises(EvaluationError, match=said):
            expand("F(1)", {"F": macro}.get)
    with pytest.raises(EvaluationError, match="Unterminated __VA_OPT__"):
        expand("F(1)", {"F": defined("F(a,...) __VA_OPT__(a")}.get)
