r"""Transcripts: sessions as a user sees them, played again on a real terminal.

    # What it shows.
    $ trapline {twelve.c -no-pie} 25
    (trapline) break main
    Breakpoint 1 at 0x[..]
    (trapline) quit
    [exit 0]

`{SOURCE FLAGS}` is a program of tests/programs, `{name}` a value that the test gives.  In what is
expected `[..]` stands for anything in a line and a line `[...]` for any lines.
"""

from __future__ import annotations

import difflib
import re
import shlex
from pathlib import Path

import pytest
from tests.cli.terminal import PROMPT, TRAPLINE, terminal
from tests.support import programs


def play(path: Path, tmp_path: Path, **values: str) -> None:
    """Play a transcript; fail with the difference where the screen shows something else."""
    text = re.sub(r"\{([\w./]+\.(?:cpp|c|S|rs))\b([^}]*)\}", _build, path.read_text())
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    lines = text.splitlines()
    while lines[0].startswith("#"):
        del lines[0]
    head, *expected = lines
    assert head.startswith("$ trapline"), head
    typed = [line.removeprefix(PROMPT) for line in expected if line.startswith(PROMPT.strip())]
    shown = []
    with terminal(*TRAPLINE, *shlex.split(head)[2:], cwd=tmp_path) as screen:
        for line in typed:
            shown += screen.until(PROMPT).splitlines()
            screen.send(line.removeprefix(PROMPT.strip()) + "\n")
            shown.append(PROMPT + screen.until("\n"))
        shown += screen.end().splitlines()
        shown.append(f"[exit {screen.process.returncode}]")
    shown = [line.rstrip() for line in shown]
    expected = [line.rstrip() for line in expected]
    pattern = "".join(_pattern(line) for line in expected)
    if not re.fullmatch(pattern, "".join(line + "\n" for line in shown)):
        difference = difflib.unified_diff(expected, shown, path.name, "the screen", lineterm="")
        pytest.fail("\n".join(difference), pytrace=False)


def _build(found: re.Match[str]) -> str:
    return programs.build(found.group(1), *found.group(2).split())


def _pattern(line: str) -> str:
    if line.strip() == "[...]":
        return r"(?:.*\n)*?"
    return ".*?".join(re.escape(part) for part in line.split("[..]")) + r"\n"
