"""gdb as an oracle: a program under it, asked from a Python script that runs inside it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

import pytest
from tests.support import programs

_BEGIN = """
set pagination off
set confirm off
set width 0
set debuginfod enabled off
set startup-with-shell off
set disable-randomization on
set auto-load off
unset environment
"""


def ask(program: str, script: str, *arguments: str, timeout: float = 100) -> list[Any]:
    """Return what a script has emitted.

    The script runs in gdb's Python with the program loaded, not started, and an empty environment for it;
    `emit(value)` hands one JSON value out, `run(command)` gives the text of a gdb command.
    """
    command = shutil.which("gdb")
    if command is None:
        pytest.skip("no gdb here")
    prelude = """
import gdb, json
def emit(value): print("\\n\\x01" + json.dumps(value), flush=True)
def run(command): return gdb.execute(command, to_string=True)
"""
    lines = [part for line in _BEGIN.strip().splitlines() for part in ("-ex", line)]
    done = subprocess.run(
        [
            command,
            "-q",
            "-nx",
            "-batch",
            *lines,
            "-ex",
            f"python {prelude}{script}",
            "--args",
            program,
            *arguments,
        ],
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
    )
    found = [json.loads(line[1:]) for line in done.stdout.splitlines() if line.startswith("\x01")]
    if "Error" in done.stderr or not found:
        pytest.fail(f"gdb failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return found


def at_mark(
    source: str, mark: str, texts: Sequence[str], *flags: str, compiler: str | None = None
) -> dict[str, str]:
    """Return gdb's answers at a marked line of a program, by the expressions: see `expressions`."""
    program = programs.build(source, *flags, compiler=compiler)
    answers = expressions(program, f"{source}:{programs.mark(source, mark)}", texts)
    return dict(zip(texts, answers, strict=True))


def expressions(program: str, where: str, texts: Sequence[str]) -> list[str]:
    """Return gdb's answers to expressions, one after the other, at the first stop at `where` ("file.c:12").

    `print`'s text without its number, or gdb's words of why there is none.
    """
    script = f"""
run("break {where}")
run("run")
for text in {list(texts)!r}:
    try:
        emit(run("output " + text))
    except gdb.error as error:
        emit(str(error))
"""
    return [str(answer) for answer in ask(program, script)]
