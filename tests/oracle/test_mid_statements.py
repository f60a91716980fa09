"""A frame line begins with the address where gdb's does: amid a line, and on rows that begin no statement."""

from __future__ import annotations

import re
import subprocess
from typing import Any

from tests.support import gdb, programs

SOURCE = "steps_functions.cpp"
_ROW = re.compile(r"^\S+ +\d+ +(0x[0-9a-f]+)(?: +\d+)?( +x)?$", re.MULTILINE)
_MOST = 60

_SCRIPT = """
import re
for address in {addresses!r}:
    run(f"break *{{address:#x}}")
run("run")
seen = []
while gdb.selected_inferior().pid and len(seen) < 200:
    told = run("frame").split("\\n")[0]
    seen.append([gdb.selected_frame().pc(), re.match(r"#0 +0x", told) is not None])
    run("continue")
emit(seen)
"""


def _rows(program: str) -> list[int]:
    """Return file addresses of rows, of which some begin no statement."""
    command = ["readelf", "-W", "--debug-dump=decodedline", program]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = {int(address, 16) for address, _ in _ROW.findall(shown)}
    statements = {int(address, 16) for address, mark in _ROW.findall(shown) if mark}
    others = sorted(rows - statements)
    return others[: _MOST // 2] + sorted(statements)[: _MOST // 2]


def test_where_the_address_is_told(launch: Any) -> None:
    program = programs.build(SOURCE, "-O2", "-no-pie")
    addresses = _rows(program)
    ((theirs),) = gdb.ask(program, _SCRIPT.format(addresses=addresses))
    inferior = launch([program])
    for address in addresses:
        inferior.set_breakpoint(address)
    ours = []
    for _ in theirs:
        inferior.resume()
        frame = inferior.frame
        ours.append([frame.pc, not frame.is_at_line_start])
    assert ours == theirs
    assert {told for _, told in theirs} == {True, False}
