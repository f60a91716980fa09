"""What does `import` add to the start of a bare interpreter?"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from benchmarks.question import Figure, Goal, Question, Run

QUESTION = Question(
    program="tiny.c",
    arguments=(),
    counts={"trapline": 9, "libdebug": 5},
    figures=(Figure("time", "import", "ms"),),
    goals=(Goal("time", "most", 40),),
)


def _start(code: str) -> int:
    begin = time.perf_counter_ns()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter_ns() - begin


def _measure(run: Run, code: str) -> None:
    _start(code)  # compiles what was not compiled yet
    differences = [_start(code) - _start("pass") for _ in range(run.count)]
    run.report("time", statistics.median(differences))


def in_trapline(run: Run) -> None:
    """`import trapline`."""
    _measure(run, "from trapline import launch")  # the names are imported when they are used


def in_libdebug(run: Run) -> None:
    """`import libdebug`."""
    _measure(run, "import libdebug")
