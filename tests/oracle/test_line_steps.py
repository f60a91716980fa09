"""`step` and `next` from main on go where gdb's go, line by line, as long as both have lines of ours."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support import programs

import trapline
from trapline import Inferior

_SCRIPT = """
import gdb
for number in range({count}):
    try:
        frame = gdb.selected_frame()
        print("@@", frame.name(), frame.find_sal().line)
        gdb.execute({verb!r}, to_string=True)
    except gdb.error:
        break
"""


def by_gdb(program: str, verb: str, count: int, tmp_path: Path) -> list[str]:
    """Return "function line" at each stop of gdb's."""
    script = tmp_path / "steps.py"
    script.write_text(_SCRIPT.format(count=count, verb=verb))
    line = ["gdb", "-q", "-batch", "-nx", "-iex", "set debuginfod enabled off", "-ex", "break main"]
    done = subprocess.run(
        [*line, "-ex", "run", "-x", str(script), program], capture_output=True, text=True, timeout=100
    )
    return [text[3:] for text in done.stdout.splitlines() if text.startswith("@@ ")]


def by_us(launch: Callable[..., Inferior], program: str, verb: str, count: int) -> list[str]:
    inferior = launch([program], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("main")
    inferior.resume()
    found = []
    for _ in range(count):
        frame = inferior.frame
        found.append(f"{frame.function} {frame.location.line if frame.location is not None else 0}")
        if type(getattr(inferior, verb)()) is not trapline.StepFinished:
            break
    return found


def until_libraries(lines: list[str], source: str) -> list[str]:
    """Return the steps up to the first outside the program: what libc has lines for differs by machine."""
    own = {line.split(" ")[0] for line in lines if not line.startswith(("_", "std::"))}
    found = []
    for line in lines:
        if line.split(" ")[0] not in own:
            break
        found.append(line)
    return found


@pytest.mark.parametrize(
    ("source", "flags", "verb"),
    [
        ("twelve.c", (), "step"),
        ("twelve.c", (), "next"),
        ("hits.c", (), "step"),
        ("hits.c", (), "next"),
        ("lines.c", (), "next"),
        ("lines.cpp", (), "next"),
        ("named.cpp", (), "step"),
        ("named.cpp", (), "next"),
        ("expressions.c", (), "next"),
    ],
)
def test_lines(
    launch: Callable[..., Inferior], tmp_path: Path, source: str, flags: tuple[str, ...], verb: str
) -> None:
    program = programs.build(source, *flags)
    theirs = until_libraries(by_gdb(program, verb, 40, tmp_path), source)
    ours = until_libraries(by_us(launch, program, verb, 40), source)
    assert len(theirs) > 1
    assert ours == theirs
