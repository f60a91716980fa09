"""How many system calls does a hit take, all threads of the debugger together?

strace counts them: it is attached at the first hit and sees only the debugger.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time

from benchmarks import hit
from benchmarks.question import Figure, Goal, Run

QUESTION = hit.QUESTION._replace(
    counts={"trapline": 2_000, "c": 20_000, "libdebug": 500, "gdb": 500},
    figures=(Figure("calls", "system calls a hit", "calls"),),
    goals=(Goal("calls", "most", 4.1),),
    rounds=1,
)


class Hits:
    """Counts hits, and the system calls of this process from the first one on."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._strace: subprocess.Popen[bytes] | None = None
        self.count = 0

    def add(self) -> None:
        """Count a hit."""
        if self._strace is None:
            self._strace = self._attach_strace()
        self.count += 1

    def _attach_strace(self) -> subprocess.Popen[bytes]:
        threads = os.listdir("/proc/self/task")
        words = [word for tid in threads for word in ("-p", tid)]
        strace = subprocess.Popen(["strace", "-qq", "-c", "-o", self._summary, *words])
        deadline = time.monotonic() + 10
        while not all(_is_traced(tid) for tid in threads):
            assert time.monotonic() < deadline, "strace cannot attach"
            time.sleep(0.01)
        return strace

    @property
    def _summary(self) -> str:
        return self._run.out + ".strace"

    def report(self) -> None:
        """End strace and report what it counted."""
        assert self._strace is not None
        self._strace.send_signal(signal.SIGINT)
        self._strace.wait()
        assert self.count == self._run.count
        self._run.report("calls", total_of(self._summary), self.count)


def _is_traced(tid: str) -> bool:
    with open(f"/proc/self/task/{tid}/status") as file:
        return any(line.startswith("TracerPid:") and line.split()[1] != "0" for line in file)


def total_of(summary: str) -> int:
    """Return the number of calls in a table of `strace -c`, and delete it."""
    with open(summary) as file:
        lines = file.read().splitlines()
    os.unlink(summary)
    column = lines[0].index("calls") + len("calls")
    return int(lines[-1][:column].split()[-1])


def in_trapline(run: Run) -> None:
    """As `hit`."""
    import trapline

    hits = Hits(run)
    with trapline.launch(run.argv) as inferior:
        inferior.set_breakpoint("hit", callback=lambda inferior, breakpoint: hits.add())
        inferior.run()
    hits.report()


def in_c(run: Run) -> None:
    """The C tracer's `hit` from its start to its end, which is long against what it does before."""
    tracer = run.arguments[-1]
    summary = run.out + ".strace"
    words = ["strace", "-qq", "-c", "-o", summary, tracer, "hit", run.out, str(run.count), run.program]
    subprocess.run([*words, *run.arguments[:-1]], check=True)
    run.report("calls", total_of(summary), run.count)


def in_gdb(run: Run) -> None:
    """As `hit`."""
    import gdb  # type: ignore[import-not-found]  # gdb's own Python has it

    hits = Hits(run)

    class Hit(gdb.Breakpoint):  # type: ignore[misc]  # untyped
        def stop(self) -> bool:
            hits.add()
            return False

    Hit("hit")
    gdb.execute("run", to_string=True)
    hits.report()


def in_libdebug(run: Run) -> None:
    """As `hit`."""
    from libdebug import debugger  # type: ignore[import-not-found]  # in an environment of its own

    hits = Hits(run)
    inferior = debugger(run.argv, aslr=False)
    inferior.run()
    inferior.bp("hit", callback=lambda thread, breakpoint: hits.add(), file="binary")
    inferior.cont()
    inferior.wait()
    inferior.terminate()
    hits.report()
