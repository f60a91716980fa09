"""Documents as sessions: what a page shows is written, compiled and typed again, and must come out the same.

A code block whose first line is a comment that names a file (`/* hang.c */`, `# sizes.py`) is that file, and
another of `c` or `cpp` is lines of a file in examples/.  A `python` block without a name is run, and a `text`
block right behind it is what it prints.  In a `console` block `$ COMMAND` is run by a shell, and lines that
begin with `(trapline)` are typed at the prompt which it opened.  `$ ./server &` with `[1] 4711` below it runs
on, and 4711 is its process from then on.  A line `...` stands for any lines, `...` within one for anything.
Addresses, process numbers and the directory may differ.

What nobody can run has a comment before it that says why: `<!-- not run: REASON -->`.
`python -m tests.cli.documents PAGE...` writes what the sessions of pages show now in the place of what they
say; read the difference before it is committed.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.cli.terminal import PROMPT, environment, terminal
from tests.support import processes

_PATH = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
HOME = "/home/you/work"
"""What documents call the directory."""
_FILE = re.compile(r"(?:/\*|//|#) ([\w.-]+\.\w+)(?: \*/)?")


_NOT_RUN = re.compile(r"<!-- not run: .+ -->")
_ROOT = Path(__file__).resolve().parents[2]
_EXAMPLES = _ROOT / "examples"


class Wrong(Exception):
    """What a page says is not what happens, or nothing runs a block of it."""


class Step(NamedTuple):
    """One `$` line with what is below it; `at` is the line of the document, counted from 0."""

    at: int
    command: str
    below: list[str]


def blocks(text: str) -> list[tuple[str, int, list[str]]]:
    """Return the code blocks that can be run: language, line of the document that they begin at, lines."""
    found: list[tuple[str, int, list[str]]] = []
    inside = excused = False
    for at, line in enumerate(text.splitlines()):
        if line.startswith("```"):
            inside = not inside
            if inside:
                found.append((line[3:], at + 1, []))
            elif excused:
                del found[-1]
                excused = False
        elif inside:
            found[-1][2].append(line)
        elif line.strip():
            excused = _NOT_RUN.fullmatch(line) is not None
    return found


def steps(at: int, lines: list[str]) -> list[Step]:
    """Return the steps of a console block that begins at a line of its document."""
    found: list[Step] = []
    for number, line in enumerate(lines, at):
        if line.startswith("$ "):
            found.append(Step(number, line[2:], []))
        elif not found:
            raise Wrong(f"line {number + 1}: a console block begins with `$ ` and a command")
        else:
            found[-1].below.append(line)
    return found


class Reader:
    """Does what a document says, in a directory of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[subprocess.Popen[bytes]] = []
        self._names: dict[str, str] = {}
        self._printed: list[str] | None = None
        (folder / "examples").symlink_to(_EXAMPLES)
        (folder / ".venv").symlink_to(sys.prefix)  # where README says that it is

    def close(self) -> None:
        """End what runs on."""
        for process in self._running:
            process.kill()
            process.communicate()

    def read(self, language: str, at: int, lines: list[str]) -> None:
        """Do what a block that is no session is there for.

        Raises:
            Wrong: it fails, prints something else than the page says, or is there for nothing.
        """
        printed, self._printed = self._printed, None
        name = _FILE.match(lines[0]) if lines else None
        if name is not None:
            (self._folder / name[1]).write_text("\n".join(lines) + "\n")
        elif language == "python":
            self._printed = self._run([sys.executable, "-c", "\n".join(lines)], at)
        elif language == "text" and printed is not None:
            if not matches(lines, printed):
                raise Wrong(f"line {at}: it prints\n" + "\n".join(printed))
        elif language in ("c", "cpp"):
            self._look_up("\n".join(lines) + "\n", language, at)
        else:
            raise Wrong(f"line {at}: nothing runs this block of {language or 'no language'}")

    def _look_up(self, text: str, language: str, at: int) -> None:
        if not any(text in file.read_text() for file in _EXAMPLES.glob(f"*.{language}")):
            raise Wrong(f"line {at}: no file in examples/ has these lines")

    def _run(self, words: list[str], at: int) -> list[str]:
        done = subprocess.run(
            words,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            cwd=self._folder,
            env=environment(),
            timeout=120,
        )
        if done.returncode:
            raise Wrong(f"line {at}: the script failed\n{done.stdout}")
        return self._plain(done.stdout)

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
            return self._converse(command, typed)
        done = subprocess.run(
            command,
            shell=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            cwd=self._folder,
            env={**environment(), "PATH": _PATH},
            timeout=120,
        )
        return self._plain(done.stdout)

    def _start(self, command: str, below: list[str]) -> list[str]:
        process = subprocess.Popen(shlex.split(command), cwd=self._folder, stdout=subprocess.PIPE)
        self._running.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        # It has come to where the document wants it when its other threads have, too.
        processes.until(
            lambda: all(processes.state(process.pid, tid) == "S" for tid in processes.threads(process.pid)),
            what=f"all threads of {command} to sleep",
        )
        self._names[below[0].split()[-1]] = str(process.pid)
        return below[:1]

    def _converse(self, command: str, typed: list[str]) -> list[str]:
        shown = ""
        with terminal("sh", "-c", command, cwd=self._folder, PATH=_PATH) as screen:
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
        r"(?:.*\n)*?"
        if line.strip() == "..."
        else ".*?".join(re.escape(part) for part in _masked(line.rstrip()).split("...")) + r"\n"
        for line in expected
    )
    return re.fullmatch(pattern, "".join(f"{_masked(line)}\n" for line in shown)) is not None


def _masked(line: str) -> str:
    line = re.sub(r"0x[0-9a-f]{6,}", "0xN", line)
    line = re.sub(r"\b(process|Thread|LWP|id|pid) \d+", r"\1 N", line)
    return re.sub(r"[ \t]+", " ", line)


def rewrite(page: Path, folder: Path) -> None:
    """Write what the sessions of a page show now in the place of what they say."""
    lines = page.read_text().splitlines()
    changes: list[tuple[Step, list[str]]] = []
    reader = Reader(folder)
    try:
        for language, at, block in blocks(page.read_text()):
            if language != "console":
                try:
                    reader.read(language, at, block)
                except Wrong as problem:
                    print(f"{page}: {problem}", file=sys.stderr)
                continue
            for step in steps(at, block):
                shown = reader.do(step)
                if not matches(step.below, shown):
                    changes.append((step, _kept(step.below, shown)))
    finally:
        reader.close()
    for step, shown in reversed(changes):
        lines[step.at + 1 : step.at + 1 + len(step.below)] = shown
    page.write_text("\n".join(lines) + "\n")


def _kept(below: list[str], shown: list[str]) -> list[str]:
    """Return what is shown, in the page's own words for each command whose answer still holds."""
    words = _answers(below)
    kept: list[str] = []
    for answer in _answers(shown):
        kept += next((old for old in words if matches(old, answer)), answer)
    return kept


def _answers(lines: list[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for line in lines:
        if line.startswith("(trapline)"):
            parts.append([])
        parts[-1].append(line)
    return parts


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as directory:
            rewrite(Path(argument), Path(directory))
