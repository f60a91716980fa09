"""How long does an editor wait: for the answer to `initialize`, the first stop, a thousand variables, a step?

The same client asks every adapter, so what it costs itself is in each figure; gdb's own adapter is there
from gdb 14 on, lldb's where Debian's lldb is.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.question import Figure, Goal, Question, Run

QUESTION = Question(
    program="thousand.c",
    arguments=(),
    flags=("-g", "-O0"),
    counts={"trapline": 5, "lldb": 2},
    figures=(
        Figure("initialize", "an editor's `initialize`, processor time from the start", "ms"),
        Figure("stop", "... from there to the first stop in main", "ms"),
        Figure("stack", "... its stack, twenty frames", "ms"),
        Figure("variables", "... `variables` of an array of 1,000", "ms"),
        Figure("step", "... `next`, to its `stopped`", "ms"),
    ),
    goals=(
        Goal("initialize", "most", 100),
        Goal("stop", "most", 150),
        Goal("variables", "most", 20),
    ),
)


class Adapter:
    """A client of one adapter that only measures."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._number = 0

    def send(self, command: str, **arguments: Any) -> int:
        self._number += 1
        body = json.dumps(
            {"seq": self._number, "type": "request", "command": command, "arguments": arguments}
        ).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()
        return self._number

    def receive(self) -> dict[str, Any]:
        stream = self.process.stdout
        assert stream is not None
        length = 0
        while line := stream.readline().strip():
            name, _, value = line.partition(b":")
            if name == b"Content-Length":
                length = int(value)
        if not length:
            raise RuntimeError("the adapter has ended")
        message: dict[str, Any] = json.loads(stream.read(length))
        return message

    def event(self, name: str) -> dict[str, Any]:
        while (message := self.receive()).get("event") != name:
            pass
        return message.get("body", {})  # type: ignore[no-any-return]

    def request(self, command: str, **arguments: Any) -> dict[str, Any]:
        number = self.send(command, **arguments)
        while (message := self.receive()).get("request_seq") != number:
            pass
        if not message["success"]:
            raise RuntimeError(message.get("message"))
        return message.get("body", {})  # type: ignore[no-any-return]

    @property
    def processor_time(self) -> float:
        """Nanoseconds that its first thread has used, ours without the one that reads the stream.

        Source: Linux, Documentation/scheduler/sched-stats.rst.
        """
        with open(f"/proc/{self.process.pid}/schedstat") as file:
            return int(file.read().split()[0])


@contextlib.contextmanager
def adapter(command: list[str]) -> Iterator[Adapter]:
    """Give an adapter, which is gone afterwards."""
    made = Adapter(command)
    try:
        yield made
    finally:
        with contextlib.suppress(OSError):
            made.send("disconnect", terminateDebuggee=True)
        assert made.process.stdin is not None and made.process.stdout is not None
        with contextlib.suppress(OSError):
            made.process.stdin.close()
        try:
            made.process.wait(5)
        except subprocess.TimeoutExpired:
            made.process.kill()
            made.process.wait()
        made.process.stdout.close()


def place_of(program: str) -> tuple[str, int]:
    """Return a source of these programs, and the line that carries its mark."""
    source = os.path.join(os.path.dirname(__file__), "programs", program)
    with open(source) as file:
        return source, next(number for number, text in enumerate(file, 1) if "@mark stop" in text)


def stop_at(one: Adapter, program: str, source: str, line: int) -> int:
    """Launch a program to a breakpoint, behind `initialize`; return the thread that stopped there."""
    one.send("launch", program=program)
    one.event("initialized")
    one.request("setBreakpoints", source={"path": source}, breakpoints=[{"line": line}])
    one.send("configurationDone")
    thread: int = one.event("stopped")["threadId"]
    return thread


def next_times(one: Adapter, thread: int, count: int) -> list[float]:
    """Return how many nanoseconds a `next` takes to its `stopped`, each time."""
    found = []
    for _ in range(count):
        begin = time.perf_counter_ns()
        one.send("next", threadId=thread)
        one.event("stopped")
        found.append(float(time.perf_counter_ns() - begin))
    return found


def _session(run: Run, command: list[str], figures: dict[str, list[float]]) -> None:
    source, line = place_of("thousand.c")
    with adapter(command) as one:
        one.request("initialize", adapterID="x", linesStartAt1=True, columnsStartAt1=True, pathFormat="path")
        figures["initialize"].append(one.processor_time)
        begin = time.perf_counter_ns()
        thread = stop_at(one, run.program, source, line)
        figures["stop"].append(time.perf_counter_ns() - begin)
        begin = time.perf_counter_ns()
        frames = one.request("stackTrace", threadId=thread, startFrame=0, levels=20)["stackFrames"]
        figures["stack"].append(time.perf_counter_ns() - begin)
        for scope in one.request("scopes", frameId=frames[0]["id"])["scopes"]:
            if scope["name"] != "Locals":
                continue
            found = one.request("variables", variablesReference=scope["variablesReference"])["variables"]
            numbers = next(each for each in found if each["name"] == "numbers")
            begin = time.perf_counter_ns()
            parts = one.request("variables", variablesReference=numbers["variablesReference"])["variables"]
            figures["variables"].append(time.perf_counter_ns() - begin)
            assert len(parts) >= 1000, len(parts)
        figures["step"] += next_times(one, thread, 10)


def _measure(run: Run, command: list[str]) -> None:
    figures: dict[str, list[float]] = {figure.name: [] for figure in QUESTION.figures}
    for _ in range(run.count):
        _session(run, command, figures)
    for name, values in figures.items():
        if values:
            run.report(name, statistics.median(values))


def in_trapline(run: Run) -> None:
    """`trapline dap`."""
    _measure(run, [sys.executable, "-m", "trapline", "dap"])


def in_lldb(run: Run) -> None:
    """Measure lldb's adapter."""
    from benchmarks.harness import adapter_of_lldb

    _measure(run, [str(adapter_of_lldb())])


def main() -> None:
    """Print the figures of every adapter that is here, side by side: `python -m benchmarks.adapter`."""
    import tempfile

    from benchmarks import harness

    program = harness.program_of(QUESTION)
    commands = {"trapline": [sys.executable, "-m", "trapline", "dap"]}
    if shutil.which("gdb") is not None:
        version = subprocess.run(["gdb", "--version"], capture_output=True, text=True).stdout.split("\n")[0]
        if int(version.rsplit(" ", 1)[-1].split(".")[0] or 0) >= 14:
            commands["gdb"] = ["gdb", "-q", "-i", "dap"]
    lldb = harness.adapter_of_lldb()
    if lldb is not None:
        commands[os.path.basename(lldb)] = [lldb]
    for name, command in commands.items():
        with tempfile.NamedTemporaryFile("r") as out:
            _measure(Run(program, (), 5, out.name), command)
            for line in out.read().splitlines():
                figure, nanoseconds, _ = line.split()
                print(f"{name:14} {figure:12} {float(nanoseconds) / 1e6:8.2f} ms")


if __name__ == "__main__":
    main()
