"""Types and scopes of mutated files: every question is answered, none raises, none takes long."""

from __future__ import annotations

import random
import re
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support import programs
from tests.support.elfwriter import Writer

from trapline.base.address import LoadBias
from trapline.base.errors import BadData
from trapline.elf.image import Image
from trapline.symbols.calling import passed_by_reference
from trapline.symbols.debuginfo import DebugInfo
from trapline.symbols.types import ArrayType, EnumType, FunctionType, StructType, Type

SOURCES = [("scopes_c.c", "-O2"), ("scopes_cpp.cpp", "-std=c++17"), ("types_c.c", "-gdwarf-4")]
NAMES = ["main", "method", "node", "struct node", "RED", "counted", "overloaded(int)", "Box<long, 2>"]


def asked(what: object, *names: str) -> None:
    for name in names:
        getattr(what, name)


def walk(outer: Type) -> None:
    """Ask a type, and some of what it leads to, everything."""
    seen: set[int] = set()
    waiting = [outer]
    while waiting and len(seen) < 200:
        here = waiting.pop()
        if id(here) in seen:
            continue
        seen.add(id(here))
        asked(here, "size")
        str(here)
        here.declare("x")
        passed_by_reference(here)
        waiting.append(here.strip())
        if here.target is not None:
            waiting.append(here.target)
        if isinstance(here, StructType):
            waiting += [member.type for member in here.members]
            waiting += [base.type for base in here.bases]
            waiting += [method.type for method in here.methods]
            waiting += here.nested_types
            asked(here, "is_dynamic", "alignment", "variant_part", "template_arguments", "static_members")
        elif isinstance(here, EnumType):
            asked(here, "enumerators", "is_signed", "is_flags")
        elif isinstance(here, FunctionType):
            waiting += here.parameters
        elif isinstance(here, ArrayType):
            waiting.append(here.element)


def ask_everything(debug: DebugInfo, addresses: list[int]) -> None:
    scopes = debug.scopes
    for name in NAMES:
        for function in scopes.functions(name):
            asked(function, "signature", "declared", "call_site", "call_sites", "object")
            walk(function.type)
        for variable in scopes.variables(name):
            walk(variable.type)
        for one in scopes.find_types(name):
            walk(one)
        scopes.enumerators(name)
        scopes.base_type(name)
    for address in addresses:
        for function in debug.code.functions_at(address):
            assert isinstance(function.name, str)
            for block in function.blocks_at(address):
                for variable in block:
                    walk(variable.type)
                    asked(variable, "constant", "declared", "is_artificial")
                    try:
                        variable.location(address)
                    except BadData:
                        pass  # what is asked for a value says what is wrong with it
        debug.code.call_site(address)
    scopes.functions_matching(re.compile("m"))


def sections_of(data: bytes) -> Iterator[tuple[str, int, int]]:
    """Yield name, offset and size of the debug sections of an ELF file."""
    image = Image.from_bytes(data, "program")
    for section in image.sections:
        if section.name.startswith(".debug") and section.size:
            yield section.name, section.offset, section.size


@pytest.mark.parametrize(("source", "flag"), SOURCES)
def test_mutated_debug_information_is_survived(source: str, flag: str) -> None:
    program = programs.build(source, flag)
    data = Path(program).read_bytes()
    places = {name: (offset, size) for name, offset, size in sections_of(data)}
    start = programs.file_address(program, "main")
    generator = random.Random(source)
    for round_ in range(40):
        mutated = bytearray(data)
        for _ in range(generator.choice((1, 3, 30))):
            name = generator.choice([".debug_info", ".debug_info", ".debug_abbrev", *places])
            offset, size = places[name]
            at = offset + generator.randrange(size)
            width = min(generator.choice((1, 1, 4, 8)), offset + size - at)
            value = generator.choice((0, 0xFF, 0x7F, 0x80, generator.randrange(256)))
            mutated[at : at + width] = bytes([value]) * width
        survive(bytes(mutated), [start, start + 1, start + generator.randrange(100)], round_)


def survive(data: bytes, addresses: list[int], round_: int) -> None:
    image = Image.from_bytes(data, f"mutated {round_}")
    try:
        debug = DebugInfo(image, image, LoadBias(0))
    except BadData:
        return
    ask_everything(debug, addresses)


@pytest.mark.parametrize("section", (".debug_info", ".debug_abbrev", ".debug_str"))
def test_a_damaged_copy_leaves_no_index_to_the_whole_file(
    section: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They have one build-id, by which the index of names is kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    whole = Path(programs.build(*SOURCES[1])).read_bytes()
    (place,) = (place for place in sections_of(whole) if place[0] == section)
    _, offset, size = place
    damaged = whole[: offset + 16] + bytes(size - 16) + whole[offset + size :]

    def methods(data: bytes) -> set[str]:
        image = Image.from_bytes(data, "program")
        scopes = DebugInfo(image, image, LoadBias(0)).scopes
        return {function.name for function in scopes.functions_matching(re.compile("^ns::Class::m"))}

    found = {"ns::Class::method", "ns::Class::make"}
    assert [methods(data) for data in (damaged, whole, damaged, whole)] == [set(), found, set(), found]


ABBREVIATIONS = bytes(
        [
            1, 0x11, 1, 0x13, 0x05, 0, 0,  # compile unit: language
            2, 0x0F, 0, 0x49, 0x13, 0, 0,  # pointer: type
            3, 0x26, 0, 0x49, 0x13, 0, 0,  # const: type
            4, 0x01, 1, 0x49, 0x13, 0, 0,  # array: type
            5, 0x21, 0, 0x2F, 0x0B, 0, 0,  # subrange: upper bound
            6, 0x15, 1, 0x49, 0x13, 0, 0,  # function type: type
            7, 0x05, 0, 0x49, 0x13, 0, 0,  # parameter: type
            8, 0x04, 0, 0x49, 0x13, 0, 0,  # enum: type
            9, 0x16, 0, 0x49, 0x13, 0, 0,  # typedef: type
            10, 0x13, 1, 0x0B, 0x0B, 0, 0,  # structure: size
            11, 0x0D, 0, 0x49, 0x13, 0, 0,  # member: type
            0,
        ]
    )  # fmt: skip


def unit(*dies: bytes) -> bytes:
    body = struct.pack("<HIB", 4, 0, 8) + bytes([1]) + struct.pack("<H", 0x0C) + b"".join(dies) + b"\0"
    return struct.pack("<I", len(body)) + body


FIRST = 4 + 7 + 3
"""Where the first type of `unit` begins."""


def ref(offset: int) -> bytes:
    return struct.pack("<I", offset)


CYCLES = {
    "a pointer to itself": [b"\x02" + ref(FIRST)],
    "a const of itself": [b"\x03" + ref(FIRST)],
    "an array of itself": [b"\x04" + ref(FIRST) + b"\x05\xff\0"],
    "a function of itself": [b"\x06" + ref(FIRST) + (b"\x07" + ref(FIRST)) * 12 + b"\0"],
    "an enum of itself": [b"\x08" + ref(FIRST)],
    "a typedef of itself": [b"\x09" + ref(FIRST)],
    "two of each other": [b"\x03" + ref(FIRST + 5), b"\x02" + ref(FIRST)],
    "a structure in itself": [b"\x0a\x08" + b"\x0b" + ref(FIRST) + b"\0"],
    "an array of arrays without end": [
        b"\x04" + ref(FIRST + 16 * (n + 1)) + b"\x05\xff" * 5 + b"\0" for n in range(3000)
    ] + [b"\x02" + ref(FIRST)],
    "a chain of enums": [b"\x08" + ref(FIRST + 5 * (n + 1)) for n in range(3000)] + [b"\x02" + ref(FIRST)],
}  # fmt: skip


@pytest.mark.parametrize("what", CYCLES)
def test_types_without_end_end(what: str) -> None:
    writer = Writer(text=bytes(16))
    writer.add(".debug_abbrev", 1, ABBREVIATIONS, flags=0)
    writer.add(".debug_info", 1, unit(*CYCLES[what]), flags=0)
    image = Image.from_bytes(writer.bytes(), what)
    debug = DebugInfo(image, image, LoadBias(0))
    (first, *_) = debug.dwarf.units
    found = debug.types.type(first.die(FIRST))
    walk(found)
    assert len(str(found)) < 100_000
