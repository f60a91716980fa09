"""What readelf and addr2line say of lines, and where we may differ from them."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import random
import re
import subprocess
from collections.abc import Iterator

import pytest

from trapline.base.address import LoadAddress, LoadBias
from trapline.dwarf import constants as dw
from trapline.dwarf.file import Dwarf
from trapline.dwarf.lines import END_SEQUENCE, IS_STMT, LineProgram, table_offsets
from trapline.elf.image import Image
from trapline.elf.symbols import SymbolTable
from trapline.symbols.debuginfo import DebugInfo
from trapline.symbols.lines import Lines


@contextlib.contextmanager
def opened(path: str) -> Iterator[tuple[Dwarf, Lines]]:
    image = Image.open(path)
    try:
        dwarf = Dwarf(image)
        yield dwarf, Lines(dwarf, image, SymbolTable(image))
    finally:
        image.close()


@functools.cache
def separate(library: str) -> str:
    """Return the file with the debug information of a library of this machine; skip where there is none."""
    found = subprocess.run(["readelf", "-n", library], capture_output=True, text=True).stdout
    build_id = re.search(r"Build ID: (\w+)", found)
    path = f"/usr/lib/debug/.build-id/{build_id[1][:2]}/{build_id[1][2:]}.debug" if build_id else ""
    if not os.path.exists(path):
        pytest.skip(f"no debug information of {library} here (libc6-dbg)")
    return path


def library(name: str) -> str:
    """Return the file with the debug information of a library by its file name."""
    for folder in ("/lib/x86_64-linux-gnu", "/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib64"):
        if os.path.exists(path := f"{folder}/{name}"):
            return separate(path)
    pytest.skip(f"no {name} here")


_ROW = re.compile(r"^(\S.*?) +(\d+|-) +(0x[0-9a-f]+|0)(?: +\d+)?( +x)?(?: +END)? *$")


def readelf_rows(path: str) -> Iterator[tuple[int, int | None, bool, str]]:
    """Yield address, line (None: an end), whether a statement, and base name of every row."""
    command = ["readelf", "-W", "--debug-dump=decodedline", path]
    for line in subprocess.run(command, capture_output=True, text=True).stdout.splitlines():
        if line.startswith("Contents of") and "loaded from" in line and path not in line:
            return  # it goes on with another file
        match = _ROW.match(line)
        if match:
            end = match[2] == "-"
            yield int(match[3], 16), None if end else int(match[2]), not end and bool(match[4]), match[1]


def our_rows(path: str) -> Iterator[tuple[int, int | None, bool, str]]:
    with opened(path) as (dwarf, _):
        for offset in table_offsets(dwarf.sections):
            program = LineProgram(dwarf.sections, offset)
            for address, file, line, _, flags, _ in program.rows():
                end = bool(flags & END_SEQUENCE)
                name = program.name(file).rpartition("/")[2]
                yield address, None if end else line, not end and bool(flags & IS_STMT), name


def same_rows(path: str) -> None:
    ours = list(our_rows(path))
    theirs = list(readelf_rows(path))
    if len(theirs) == 2 * len(ours):  # readelf follows the file's link to itself
        theirs = theirs[: len(ours)]
    # readelf cuts names at 35 characters, from the front, and shows some with their directory.
    shown = [(address, line, stmt, name[-30:]) for address, line, stmt, name in ours]
    read = [(address, line, stmt, name.rpartition("/")[2][-30:]) for address, line, stmt, name in theirs]
    assert len(shown) > 10
    assert shown == read


def code_addresses(dwarf: Dwarf, count: int, seed: int) -> list[int]:
    """Return random addresses that some row covers."""
    spans = []
    sections = dwarf.sections
    for offset in table_offsets(sections):
        rows = LineProgram(sections, offset).rows()
        for row, after in itertools.pairwise(rows):
            if not row[4] & END_SEQUENCE and row[0] and row[0] < after[0]:
                spans.append((row[0], after[0]))
    chosen = random.Random(seed)
    return [chosen.randrange(*chosen.choice(spans)) for _ in range(count)]


def addr2line(path: str, addresses: list[int]) -> list[tuple[str, int]]:
    text = subprocess.run(
        ["addr2line", "-e", path], input="\n".join(map(hex, addresses)), capture_output=True, text=True
    ).stdout
    found = []
    for line in text.splitlines():
        match = re.match(r"(.*?):(\d+|\?)(?: \(discriminator \d+\))?$", line)
        assert match, line
        found.append((os.path.normpath(match[1]), int(match[2]) if match[2] != "?" else 0))
    return found


def same_lines(path: str, count: int, seed: int) -> None:
    """Ask both for the lines of random addresses.

    Allowed differences:
        - addr2line 2.40 gives the unit's main file for a row of file 1, where a version 5 table has
          another file at index 1 (libc's `#include "skeleton.c"`): the line is the same, gdb agrees with us;
        - a row of line 0 is no line for us, and "?" or 0 there;
        - where the compilation directory is a relative path (libc's `./stdlib`) addr2line joins it twice;
        - padding behind a function belongs to its last row in the table, and to no unit.
    """
    different = []
    with opened(path) as (dwarf, lines):
        addresses = code_addresses(dwarf, count, seed)
        for address, theirs in zip(addresses, addr2line(path, addresses), strict=True):
            source = lines.instruction_at(address)
            ours = (source.path, source.line) if source is not None else ("??", 0)
            if ours != theirs and not allowed(dwarf, lines, address, ours, theirs):
                different.append((hex(address), ours, theirs))
    assert different == []


def allowed(dwarf: Dwarf, lines: Lines, address: int, ours: tuple[str, int], theirs: tuple[str, int]) -> bool:
    unit = dwarf.unit_for(address)
    if unit is None:
        return ours == ("??", 0)
    table = lines.table(unit)
    assert table is not None
    span = table.row_at(address)
    if span is None or not span.line:
        return theirs[1] == 0
    if ours[1] == theirs[1] and not ours[0].startswith("/") and theirs[0].endswith("/" + ours[0]):
        return True
    is_first = span.file == 1 and table.program.version == 5
    return is_first and ours[1] == theirs[1] and theirs[0].endswith(os.path.basename(unit.name or "?"))


def inline_chains(path: str, addresses: list[int]) -> list[list[tuple[str, int]]]:
    """Return what addr2line says of each: function and line, the innermost inlined call first."""
    text = subprocess.run(
        ["addr2line", "-e", path, "-a", "-f", "-i"],
        input="\n".join(map(hex, addresses)),
        capture_output=True,
        text=True,
    ).stdout
    found: list[list[tuple[str, int]]] = []
    answers = iter(text.splitlines())
    for answer in answers:
        if answer.startswith("0x"):
            found.append([])
            continue
        line = next(answers).partition(" (discriminator")[0].rpartition(":")[2]
        found[-1].append((answer, int(line) if line.isdigit() else 0))
    return found


def same_inline_chains(path: str, count: int, seed: int) -> None:
    """Ask both for the functions around random addresses, and for the lines of the calls that were inlined.

    The innermost line is the business of `same_lines`.  Allowed differences:
        - addr2line names by symbols what debug information does not describe (padding, assembly), and
          assembly by another name for the same address.
    """
    with opened(path) as (dwarf, _):
        addresses = code_addresses(dwarf, count, seed)
    image = Image.open(path)
    info = DebugInfo(image, image, LoadBias(0))
    described = 0
    try:
        for address, theirs in zip(addresses, inline_chains(path, addresses), strict=True):
            functions = info.functions_at(LoadAddress(address))
            if not functions or functions[0].die.unit.language == dw.DW_LANG_Mips_Assembler:
                assert len(theirs) == 1, f"{address:#x}: {theirs}"
                continue
            described += 1
            calls = [function.call_site for function in functions[:-1]]
            ours = list(
                zip(
                    [function.name for function in functions],
                    [0, *(call.line if call else 0 for call in calls)],
                    strict=True,
                )
            )
            assert ours == [(theirs[0][0], 0), *theirs[1:]], f"{address:#x}"
    finally:
        image.close()
    assert described > count // 2
