"""What gdb says of the variables at a line of a running program."""

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
frame = gdb.selected_frame()
found = {"pc": frame.pc()}
names, block = [], frame.block()
while block is not None:
    names += [one.name for one in block if one.is_variable or one.is_argument or one.is_constant]
    block = None if block.function else block.superblock
for verb in VERBS:
    found[verb] = {}
    for name in names:
        if name not in SKIP:
            try:
                answer = gdb.execute(f"{verb} {name}", to_string=True).partition(" = ")[2].rstrip("\\n")
            except gdb.error as error:
                answer = "error: " + str(error)
            found[verb].setdefault(name, answer)
print("JSON:" + json.dumps(found))
"""


@functools.cache
def variables(program: str, where: str, verbs: tuple[str, ...], skip: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what gdb says of every local variable at the first stop at `where` ("file.c:12").

    Under each verb ("print", "ptype") the names with their texts; under "pc" the load address.
    """
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
        f"break {where}",
        "run",
        f"python VERBS, SKIP = {verbs!r}, {skip!r}; exec({_SCRIPT!r})",
    ]
    line = [gdb, "-q", "-nx", "-batch", "-iex", "set debuginfod enabled off"]
    for command in commands:
        line += ["-ex", command]
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    done = subprocess.run([*line, program], capture_output=True, text=True, timeout=250, env=environment)
    for answer in done.stdout.splitlines():
        if answer.startswith(_MARK):
            found: dict[str, Any] = json.loads(answer.removeprefix(_MARK))
            return found
    pytest.fail(f"gdb gave no answer: {done.stdout[-1000:]}{done.stderr[-2000:]}")
