"""Lines of large libraries against other tools, and tables that lie, for longer than at every change."""

from __future__ import annotations

import os
import random
import shutil
import time
from pathlib import Path

import pytest
from tests.support import processes, programs
from tests.support.line_oracles import library, same_inline_chains, same_lines, same_rows, separate

from trapline.base.errors import BadData
from trapline.dwarf.file import Dwarf
from trapline.elf.image import Image
from trapline.elf.symbols import SymbolTable
from trapline.symbols.lines import Lines

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1200)]


def python() -> str:
    path = shutil.which("python3.11", path="/usr/bin")
    if path is None:
        pytest.skip("no /usr/bin/python3.11 here (python3.11-dbg)")
    return separate(path)


def test_rows_of_libc_and_python() -> None:
    """1.1 million rows, each as readelf shows it."""
    same_rows(library("libc.so.6"))
    same_rows(python())


def test_ten_thousand_addresses_of_each() -> None:
    same_lines(library("libc.so.6"), 10_000, seed=3)
    same_lines(python(), 10_000, seed=4)


def test_inline_chains_of_ten_thousand_addresses_of_each() -> None:
    same_inline_chains(library("libc.so.6"), 10_000, seed=5)
    program = shutil.which("python3.11-dbg")
    if program is None:
        pytest.skip("no python3.11-dbg here")
    same_inline_chains(program, 10_000, seed=6)


@pytest.mark.parametrize("flags", [("-O0",), ("-O2", "-gdwarf-4"), ("-O2",)])
def test_mutations_of_a_program(tmp_path: Path, flags: tuple[str, ...]) -> None:
    """Bytes of the line and information sections changed at random: answers or notes, soon, in bounds."""
    original = Path(programs.build("lines.cpp", *flags)).read_bytes()
    image = Image.from_bytes(original, "made")
    spans = [
        (section.offset, section.size)
        for name in (".debug_line", ".debug_info", ".debug_abbrev", ".debug_line_str", ".debug_aranges")
        if (section := image.section(name)) is not None
    ]
    chosen = random.Random(7)
    before = _largest(begin=True)
    for _ in range(300):
        raw = bytearray(original)
        for _ in range(chosen.randint(1, 20)):
            offset, size = chosen.choice(spans)
            raw[offset + chosen.randrange(size)] = chosen.randrange(256)
        started = time.process_time()
        try:
            made = Image.from_bytes(bytes(raw), "made")
            lines = Lines(Dwarf(made), made, SymbolTable(made))
        except BadData:
            continue
        for line in (8, 20, 40, 1000):
            lines.locations("lines.cpp", line)
            lines.row_of("lines.cpp", line)
        lines.locations("stl_vector.h", 1287)
        for address in range(0x1000, 0x4000, 509):
            lines.run_at(address)
            lines.instruction_at(address)
            lines.function_place(address, 64)
        lines.files.paths()
        assert time.process_time() - started < 20
    assert _largest() - before < 1 << 20


def _largest(*, begin: bool = False) -> int:
    """Return the most KiB that we have had in memory, since `begin`.  Source: proc(5), clear_refs."""
    if begin:
        Path("/proc/self/clear_refs").write_text("5")
    return int(processes.status(os.getpid())["VmHWM"].removesuffix(" kB"))
