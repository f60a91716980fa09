"""How a step is told: the line alone where it stays in one call, the frame before it where it does not."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from tests.cli.terminal import batch, ex
from tests.support import programs

_FRAME = re.compile(r"(?:0x[0-9a-f]+ in )?(?P<function>.+?) \(.*\) at .*?(?P<line>:\d+)$")
_LINE = re.compile(r"(?:0x[0-9a-f]+\t)?(?P<line>\d+)\t")


def _told(text: str) -> list[str]:
    """Return the frames, by function and line, and the lines that a session printed."""
    found = []
    for line in text.splitlines():
        if frame := _FRAME.match(line):
            found.append(f"{frame['function'].rpartition(', ')[2]}{frame['line']}")
        elif row := _LINE.match(line):
            found.append(row["line"])
    return found


@pytest.mark.skipif(shutil.which("gdb") is None, reason="gdb is the judge")
@pytest.mark.parametrize(
    ("source", "flags", "verb", "count"),
    [
        ("steps_functions.cpp", ("-O2",), "next", 12),
        ("steps_coroutine.cpp", ("-O2", "-std=c++20"), "next", 10),
        ("steps_inline_throws.cpp", ("-O2",), "step", 12),
        ("steps_noexcept.cpp", ("-O2",), "next", 2),
        ("steps_switches.c", (), "step", 12),
        ("steps_loops.c", (), "until", 8),
    ],
)
def test_as_gdb(source: str, flags: tuple[str, ...], verb: str, count: int) -> None:
    program = programs.build(source, *flags)
    commands = ex("break main", "run", *[verb] * count)
    line = ["gdb", "-q", "-nx", "-batch", "-iex", "set debuginfod enabled off", *commands, program]
    theirs = subprocess.run(line, capture_output=True, text=True, timeout=100, stdin=subprocess.DEVNULL)
    ours = batch("--batch", *commands, program)
    assert _told(ours.stdout) == _told(theirs.stdout)
