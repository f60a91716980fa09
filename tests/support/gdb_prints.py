"""What gdb's `print` says at a line of a running program, and our own process at the same instruction."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
from typing import Any

import pytest

ENVIRONMENT = {"TRAPLINE": "1"}
"""The same for gdb's process and ours, so that both have the same stack."""

_MARK = "JSON:"
_SCRIPT = """
import gdb, json
found = {"pc": gdb.selected_frame().pc()}
for name in NAMES:
    try:
        found[name] = gdb.execute("print " + name, to_string=True).partition(" = ")[2].rstrip("\\n")
    except gdb.error as error:
        found[name] = "error: " + str(error)
print("JSON:" + json.dumps(found))
"""


@functools.cache
def prints(program: str, where: str, names: tuple[str, ...] = (), *settings: str) -> dict[str, Any]:
    """Return gdb's text of each name at the first stop at `where` ("file.c:12"); "pc" is its address."""
    gdb = shutil.which("gdb")
    if gdb is None:
        pytest.skip("no gdb here")
    commands = [
        "set width 0",
        "set style enabled off",
        "set startup-with-shell off",
        "unset environment",
        *(f"set environment {name}={value}" for name, value in ENVIRONMENT.items()),
        "unset environment LINES",
        "unset environment COLUMNS",
        *settings,
        f"break {where}",
        "run",
        f"python NAMES = {list(names)!r}; exec({_SCRIPT!r})",
    ]
    line = [gdb, "-q", "-nx", "-batch", "-iex", "set debuginfod enabled off"]
    for command in commands:
        line += ["-ex", command]
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    done = subprocess.run([*line, program], capture_output=True, text=True, timeout=100, env=environment)
    for answer in done.stdout.splitlines():
        if answer.startswith(_MARK):
            found: dict[str, Any] = json.loads(answer.removeprefix(_MARK))
            return found
    pytest.fail(f"gdb gave no answer: {done.stdout[-1000:]}{done.stderr[-2000:]}")
