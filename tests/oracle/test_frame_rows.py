"""Every unwind row of real files, against readelf's interpretation of the same call-frame information."""

from __future__ import annotations

import bisect
import itertools
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support import programs

from trapline.arch import x86_64
from trapline.base.address import FileAddress
from trapline.dwarf import rows
from trapline.dwarf.cfi import CallFrameInfo
from trapline.elf.image import Image

_FDE = re.compile(r"^[0-9a-f]+ [0-9a-f]+ [0-9a-f]+ FDE .*pc=([0-9a-f]+)\.\.([0-9a-f]+)")
_LOC = re.compile(r"^   LOC +CFA +(.*)$")
_ROW = re.compile(r"^([0-9a-f]{16}) (\S+) +(.*)$")
_NUMBERS = {name: number for number, name in x86_64.DWARF.items()} | {"ra": 16}


def readelf_rows(path: str) -> Iterator[tuple[int, str, dict[int, str]]]:
    """Yield (address, CFA, rules by register) of every row; of several for one address the last."""
    command = ["readelf", "--debug-dump=frames-interp", path]
    # Its status is 1 also when only a separate debug file was not found.
    text = subprocess.run(command, capture_output=True, text=True).stdout
    columns: list[str] = []
    start = end = 0
    found: dict[int, tuple[str, dict[int, str]]] = {}
    for line in text.splitlines():
        if match := _FDE.match(line):
            start, end = int(match[1], 16), int(match[2], 16)
        elif " CIE " in line:
            start = end = 0
        elif match := _LOC.match(line):
            columns = match[1].split()
        elif (match := _ROW.match(line)) and start <= int(match[1], 16) < end:
            # A rule by register is two words: `r8 (r8)`.
            cells = zip(columns, re.sub(r" \(\w+\)", "", match[3]).split(), strict=True)
            found[int(match[1], 16)] = match[2], {_NUMBERS[name]: cell for name, cell in cells}
    for address, (cfa, rules) in found.items():
        yield address, cfa, rules


def shown_cfa(row: rows.Row) -> str:
    if row.cfa_expression is not None:
        return "exp"
    return f"{x86_64.DWARF[row.cfa_register]}{row.cfa_offset:+d}"


def shown_rule(row: rows.Row, number: int) -> str:
    rule = row.rules.get(number)
    if rule is None or rule.kind == rows.UNDEFINED:
        return "u"
    return {
        rows.SAME: "s",
        rows.OFFSET: f"c{rule.offset:+d}",
        rows.VALUE_OFFSET: f"v{rule.offset:+d}",
        rows.REGISTER: f"r{rule.offset}",
        rows.EXPRESSION: "exp",
        rows.VALUE_EXPRESSION: "vexp",
    }[rule.kind]


def libc() -> str:
    return str(Path("/proc/self/maps").read_text().split("libc.so.6")[0].split()[-1] + "libc.so.6")


def check(path: str, least: int, every: int = 1) -> None:
    image = Image.open(path)
    try:
        frames = CallFrameInfo(image)
        starts, count = [], 0
        for address, cfa, rules in itertools.islice(readelf_rows(path), 0, None, every):
            row = frames.row(FileAddress(address))
            assert row is not None and row.start == address, hex(address)
            assert shown_cfa(row) == cfa, hex(address)
            for number, cell in rules.items():
                assert shown_rule(row, number) == cell, (hex(address), number)
            assert all(row.rules[n].kind == rows.UNDEFINED for n in row.rules if n not in rules)
            starts.append(address)
            count += 1
        assert count >= least
        # Between two rows the first one holds.
        starts.sort()
        for start, after in itertools.pairwise(starts):
            row = frames.row(FileAddress(start))
            assert row is not None and (row.end <= after or every > 1)
        assert frames.problem is None
        listed = [entry for _, _, found in frames.functions() for entry in found]
        every = sorted(row.start for row in listed)
        assert all(every[bisect.bisect_left(every, start)] == start for start in starts)
    finally:
        image.close()


@pytest.mark.parametrize("name", ["libc", "ld", "python3"])
def test_files_of_the_system(name: str) -> None:
    """.eh_frame with its table; gcc, hand-written assembly, the PLT's and the signal frame's expressions."""
    path = {"libc": libc, "ld": lambda: "/lib64/ld-linux-x86-64.so.2"}.get(
        name, lambda: shutil.which(name, path="/usr/bin")
    )()
    if path is None:
        pytest.skip(f"no {name} here")
    check(path, 1000, every=5 if name == "python3" else 1)


@pytest.mark.parametrize(
    "flags",
    [
        ("-O2",),
        ("-O2", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables"),
        ("-O2", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables", "-gz"),
        ("-O2", "-gdwarf-2", "-fno-asynchronous-unwind-tables", "-static"),
    ],
)
def test_programs_of_ours(flags: tuple[str, ...]) -> None:
    """.debug_frame, also compressed, and both sections in one file."""
    check(programs.build("threads.c", *flags), 5)


def test_clang() -> None:
    """Clang's rows."""
    check(programs.build("threads.c", "-O1", compiler="clang"), 5)
