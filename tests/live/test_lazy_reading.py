"""What a first stop reads of the files, and what it leaves alone: counts, not times."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.support import programs

import trapline
from trapline.cli.embedded import EmbeddedSession
from trapline.dwarf.addresses import Aranges
from trapline.dwarf.die import Die
from trapline.dwarf.lines import LineProgram
from trapline.elf.image import Image
from trapline.symbols.blocks import Blocks

SOURCE = "twelve.c"


def counted(monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> list[Any]:
    """Return the list that grows by the object of each call of a method."""
    calls: list[Any] = []
    whole = getattr(owner, name)

    def method(self: Any, *arguments: Any, **named: Any) -> Any:
        calls.append(self)
        return whole(self, *arguments, **named)

    monkeypatch.setattr(owner, name, method)
    return calls


def compressed(folder: Path) -> str:
    """Return a program whose debug information is folded, beside a library of which that is true as well."""
    program = folder / "folded"
    subprocess.run(["objcopy", "--compress-debug-sections=zlib", programs.build(SOURCE), program], check=True)
    return str(program)


def test_a_file_that_no_table_names_costs_no_header(
    launch: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither tables nor units are read for it, and what describes the units stays folded."""
    headers = counted(monkeypatch, LineProgram, "__init__")
    unfolded: list[str] = []
    section_bytes = Image.section_bytes

    def unfold(self: Image, section: Any) -> bytes:
        unfolded.append(section.name)
        return section_bytes(self, section)

    monkeypatch.setattr(Image, "section_bytes", unfold)
    inferior = launch([compressed(tmp_path)])
    with pytest.warns(trapline.UnboundBreakpointWarning):
        assert inferior.set_breakpoint("nowhere.c:1").pending
        inferior.resume()
    assert headers == []
    assert ".debug_info" not in unfolded
    assert ".debug_line" in unfolded


def test_a_stop_at_a_line_looks_through_no_unit(launch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line says which unit its code is of, the rules for unwinding where its function begins."""
    searched = counted(monkeypatch, Aranges, "find")
    walked = counted(monkeypatch, Blocks, "_shallow")
    inferior = launch([programs.build(SOURCE)])
    mark = next(number for number, line in enumerate(_text().splitlines(), 1) if "return" in line)
    inferior.set_breakpoint(f"{SOURCE}:{mark}")
    assert isinstance(inferior.resume(), trapline.BreakpointHit)
    assert inferior.frame.function is not None
    assert dict(inferior.frame.locals) or dict(inferior.frame.arguments)
    assert (searched, walked) == ([], [])


def _text() -> str:
    return (Path(__file__).resolve().parents[1] / "programs" / SOURCE).read_text()


def test_a_breakpoint_on_a_heavy_name_looks_through_no_unit(
    launch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Functions are found where their entries are, and what refers to others without an entry for each."""
    looked = counted(monkeypatch, Blocks, "_shallow")
    inferior = launch(programs.build("containers.cpp"))
    made = counted(monkeypatch, Die, "__init__")
    found = inferior.set_breakpoint("operator()")
    assert len(found.locations) > 10
    assert looked == []
    # Hundreds of declarations have the name, thousands of entries refer to some declaration.
    assert len(made) < 1000


def test_a_deep_stack_is_read_by_the_page(launch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    inferior = launch([programs.build("steps_recursion.c", "-O0")])
    inferior.set_breakpoint("*one_line", temporary=True)
    inferior.resume()
    inferior.thread.registers.edi = 3000
    inferior.set_breakpoint("one_line", condition="n == 0")
    inferior.resume()
    first = inferior.thread.registers.rsp
    reads: list[int] = []
    pread = os.pread

    def counting(descriptor: int, size: int, offset: int) -> bytes:
        if offset >= first - 4096:
            reads.append(size)
        return pread(descriptor, size, offset)

    monkeypatch.setattr(os, "pread", counting)
    session = EmbeddedSession(inferior, lambda resume: resume())
    done, text = session.run_line("bt")
    lines = text.splitlines()
    assert done and len(lines) == 3002 and "one_line (n=3000) at " in lines[-2]
    pages = (inferior.thread.frames()[3001].cfa - first) // 4096
    # Once for the way out, in pieces that grow, and once for the arguments.
    assert pages > 20 and len(reads) <= pages + 10
