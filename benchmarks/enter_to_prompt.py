"""How long is it from Enter to a prompt, on a terminal: the first one, that behind `print`, behind `next`?

Both are driven alike through a pseudo-terminal that answers where its cursor is, so what driving costs is in
each figure.
"""

from __future__ import annotations

import contextlib
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from benchmarks.adapter import adapter, next_times, stop_at
from benchmarks.question import Figure, Goal, Question, Run

_COUNT = 50
_WHERE = (b"\x1b[6n", b"\x1b[1;1R")
"""What a program asks a terminal for the cursor's place, and an answer."""

QUESTION = Question(
    program="lines.c",
    flags=("-g", "-O0"),
    arguments=(),
    counts={"trapline": _COUNT, "gdb": _COUNT},
    figures=(
        Figure("start", "the first prompt of a terminal", "ms"),
        Figure("print", "from Enter to the prompt, `print 1`", "ms"),
        Figure("next", "... `next`", "ms"),
        Figure("editor", "the same `next` for an editor, to its `stopped`", "ms"),
    ),
    goals=(Goal("print", "most", 20), Goal("next", "most", 20)),
)


class _Prompt:
    """A debugger's prompt on a terminal of ours."""

    def __init__(self, master: int, prompt: bytes) -> None:
        self._master = master
        self._prompt = prompt
        self._seen = b""

    def until(self, pattern: bytes = b"") -> None:
        """Wait for a text, and for the prompt behind it.

        Raises:
            OSError: the debugger has ended.
        """
        wanted = re.compile(pattern + b".*" + re.escape(self._prompt), re.DOTALL)
        while (found := wanted.search(self._seen)) is None:
            data = os.read(self._master, 65536)
            for _ in range(data.count(_WHERE[0])):
                os.write(self._master, _WHERE[1])
            self._seen += data
        self._seen = self._seen[found.end() :]

    def type(self, line: str) -> None:
        """Type a line and press Enter."""
        os.write(self._master, line.encode() + b"\r")

    def times(self, count: int, line: str, pattern: bytes) -> list[float]:
        """Return how many nanoseconds a line takes to the next prompt, each time that it is typed."""
        found = []
        for _ in range(count):
            begin = time.perf_counter_ns()
            self.type(line)
            self.until(pattern)
            found.append(float(time.perf_counter_ns() - begin))
        return found


@contextlib.contextmanager
def _terminal(command: list[str]) -> Iterator[int]:
    """Run a command on a new terminal, and give the other end; the command is gone afterwards."""
    master, slave = os.openpty()
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "1", "XDG_STATE_HOME": home}
        process = subprocess.Popen(
            ["setsid", "--ctty", *command], stdin=slave, stdout=slave, stderr=slave, env=environment
        )
        os.close(slave)
        try:
            yield master
        finally:
            os.close(master)  # which hangs up
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _measure(run: Run, prompt: bytes, command: list[str]) -> None:
    begin = time.perf_counter_ns()
    with _terminal([*command, run.program]) as master:
        debugger = _Prompt(master, prompt)
        debugger.until()
        run.report("start", time.perf_counter_ns() - begin)
        debugger.type("tbreak lines.c:18")
        debugger.until(b"reakpoint 1 at")
        debugger.type("run")
        debugger.until(b"18\t")
        run.report("print", statistics.median(debugger.times(run.count, "print 41 + 1", rb"= 42")))
        run.report("next", statistics.median(debugger.times(run.count, "next", rb"\d+\t")))


def in_trapline(run: Run) -> None:
    """`trapline`, with its editor of lines; and `trapline dap`."""
    _measure(run, b"(trapline)", [sys.executable, "-m", "trapline", "-q", "-ex", "set context 0"])
    with adapter([sys.executable, "-m", "trapline", "dap"]) as one:
        one.request("initialize", adapterID="x", linesStartAt1=True, columnsStartAt1=True, pathFormat="path")
        source = os.path.join(os.path.dirname(__file__), "programs", "lines.c")
        thread = stop_at(one, run.program, source, 18)
        run.report("editor", statistics.median(next_times(one, thread, run.count)))


def in_gdb(run: Run) -> None:
    """Another gdb, with readline: the one that asks only measures."""
    _measure(run, b"(gdb)", ["gdb", "-nx", "-q", "-ex", "set style enabled off"])
