"""What gdb says of a program's types and blocks: `inside_gdb.py` is run by gdb's own Python."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

_MARK = "JSON:"


@functools.cache
def ask(program: str, question: str, *arguments: str) -> Any:
    """Return gdb's answer about a program that is not run; skip the test where there is no gdb."""
    gdb = shutil.which("gdb")
    if gdb is None:
        pytest.skip("no gdb here")
    script = Path(__file__).with_name("inside_gdb.py")
    words = [question, *arguments]
    python = f"__name__ = 'inside_gdb'; WORDS = {words!r}; exec(open({str(script)!r}).read())"
    command = [gdb, "-q", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-ex", f"python {python}"]
    done = subprocess.run([*command, program], capture_output=True, text=True, timeout=100)
    for line in done.stdout.splitlines():
        if line.startswith(_MARK):
            return json.loads(line.removeprefix(_MARK))
    pytest.fail(f"gdb gave no answer: {done.stderr[-2000:]}")
