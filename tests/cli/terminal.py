"""A real trapline process: on a terminal of its own, or with its input piped."""

from __future__ import annotations

import codecs
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

TRAPLINE = (sys.executable, "-m", "trapline")
PROMPT = "(trapline) "
_LIMIT = 100.0
_HOME = Path(__file__).resolve().parent / "home"
"""Whose settings the sessions of the tests have: they do not ask before they end a program."""


def environment(**more: str) -> dict[str, str]:
    """Return an environment in which nothing of the caller's taste shows."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ}
    ours = {"XDG_CONFIG_HOME": str(_HOME / "config"), "XDG_STATE_HOME": str(_HOME / "state")}
    return {**kept, **ours, "TERM": "dumb", "PYTHONUTF8": "1", "COLUMNS": "200", **more}


def ex(*commands: str) -> list[str]:
    """Return the words of a command line that runs commands."""
    return [word for command in commands for word in ("-ex", command)]


def batch(
    *words: str, lines: str = "", cwd: str | Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run trapline to its end, its input piped, with some variables of its environment as they are given."""
    return subprocess.run(
        [*TRAPLINE, *words],
        input=lines,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=_LIMIT,
        env=environment(**variables),
        cwd=cwd,
    )


def run_script(path: str | Path, *words: str, lines: str = "") -> subprocess.CompletedProcess[str]:
    """Run a Python script to its end, its input piped."""
    return subprocess.run(
        [sys.executable, str(path), *words],
        input=lines,
        capture_output=True,
        text=True,
        env=environment(),
        timeout=_LIMIT,
    )


class Terminal:
    """One process on a pseudo-terminal; everything that it writes is in `seen`."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self.process = process
        self.master = master
        self.seen = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def send(self, text: str) -> None:
        """Type."""
        os.write(self.master, text.encode())

    def until(self, text: str) -> str:
        """Return what was written up to `text`, which is taken away; fail when it does not come."""
        deadline = time.monotonic() + _LIMIT
        while text not in self.seen:
            left = deadline - time.monotonic()
            if left <= 0 or not self._read(left):
                pytest.fail(f"{text!r} did not come; on the terminal is:\n{self.seen}")
        before, _, self.seen = self.seen.partition(text)
        return before

    def end(self) -> str:
        """Return what is written until the end of the process."""
        while self._read(_LIMIT):
            pass
        self.process.wait(_LIMIT)
        return self.seen

    def _read(self, timeout: float) -> bool:
        if not select.select([self.master], [], [], timeout)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False  # the last one who had the terminal open has gone
        # A read may end within a character, or between the two of a line's end.
        self.seen = (self.seen + self._decoder.decode(data)).replace("\r\n", "\n")
        return bool(data)


@contextmanager
def terminal(*words: str, cwd: str | Path | None = None, **variables: str) -> Iterator[Terminal]:
    """Run a command on a new terminal that is its controlling one; it is ended on leaving."""
    master, slave = os.openpty()
    try:
        process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment(**variables),
            cwd=cwd,
        )
        os.close(slave)
        try:
            yield Terminal(process, master)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
    finally:
        os.close(master)
