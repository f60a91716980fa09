"""Documents as sessions: what a page shows is written, compiled and typed again, and must come out the same.

A code block whose first line is a comment that names a file (`/* hang.c */`, `# sizes.py`) is that file.  In
a `console` block `$ COMMAND` is run by a shell, and lines that begin with `(trapline)` are typed at the
prompt which it opened.  `$ ./server &` with `[1] 4711` below it runs on, and 4711 is its process from then
on.  A line `...` stands for any lines.  Addresses, process numbers and the directory may differ.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.cli.terminal import PROMPT, TRAPLINE, environment, terminal

HOME = "/home/you/work"
"""What documents call the directory."""
_FILE = re.compile(r"(?:/\*|//|#) ([\w.-]+\.\w+)(?: \*/)?")


class Step(NamedTuple):
    """One `$` line with what is below it; `at` is the line of the document, counted from 0."""

    at: int
    command: str
    below: list[str]


def blocks(text: str) -> list[tuple[str, int, list[str]]]:
    """Return the code blocks: language, line of the document that they begin at, lines."""
    found: list[tuple[str, int, list[str]]] = []
    inside = False
    for at, line in enumerate(text.splitlines()):
        if line.startswith("```"):
            inside = not inside
            if inside:
                found.append((line[3:], at + 1, []))
        elif inside:
            found[-1][2].append(line)
    return found


def steps(at: int, lines: list[str]) -> list[Step]:
    """Return the steps of a console block that begins at a line of its document."""
    found: list[Step] = []
    for number, line in enumerate(lines, at):
        if line.startswith("$ "):
            found.append(Step(number, line[2:], []))
        else:
            found[-1].below.append(line)
    return found


class Reader:
    """Does what a document says, in a directory of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[subprocess.Popen[bytes]] = []
        self._names: dict[str, str] = {}

    def close(self) -> None:
        """End what runs on."""
        for process in self._running:
            process.kill()
            process.communicate()

    def write(self, lines: list[str]) -> None:
        """Keep a block that is a file."""
        name = _FILE.match(lines[0]) if lines else None
        if name is not None:
            (self._folder / name[1]).write_text("\n".join(lines) + "\n")

    def do(self, step: Step) -> list[str]:
        """Return what a step shows."""
        command = step.command
        for shown, real in self._names.items():
            command = re.sub(rf"\b{shown}\b", real, command)
        if command.endswith(" &"):
            return self._start(command.removesuffix(" &"), step.below)
        typed = [
            line.removeprefix(PROMPT.strip()).lstrip() for line in step.below if line.startswith("(trapline)")
        ]
        if typed:
            return self._converse(shlex.split(command)[1:], typed)
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            command,
            shell=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            cwd=self._folder,
            env={**environment(), "PATH": path},
            timeout=120,
        )
        return self._plain(done.stdout)

    def _start(self, command: str, below: list[str]) -> list[str]:
        process = subprocess.Popen(shlex.split(command), cwd=self._folder, stdout=subprocess.PIPE)
        self._running.append(process)
        assert process.stdout is not None
        process.stdout.readline()  # it has come to where the document wants it
        self._names[below[0].split()[-1]] = str(process.pid)
        return below[:1]

    def _converse(self, words: list[str], typed: list[str]) -> list[str]:
        shown = ""
        with terminal(*TRAPLINE, *words, cwd=self._folder) as screen:
            for line in typed:
                shown += screen.until(PROMPT)
                screen.send(line + "\n")
                shown += f"{PROMPT}{screen.until(chr(10))}\n"
            shown += screen.end()
        return self._plain(shown)

    def _plain(self, text: str) -> list[str]:
        text = text.replace(str(self._folder), HOME)
        for shown, real in self._names.items():
            text = re.sub(rf"\b{real}\b", shown, text)
        return [line.rstrip() for line in text.splitlines()]


def matches(expected: list[str], shown: list[str]) -> bool:
    """Whether what is shown is what a document says, but for addresses, processes and `...`."""
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "..." else re.escape(_masked(line.rstrip())) + r"\n"
        for line in expected
    )
    return re.fullmatch(pattern, "".join(f"{_masked(line)}\n" for line in shown)) is not None


def _masked(line: str) -> str:
    line = re.sub(r"0x[0-9a-f]{6,}", "0xN", line)
    line = re.sub(r"\b(process|Thread|id|pid) \d+", r"\1 N", line)
    return re.sub(r"[ \t]+", " ", line)
