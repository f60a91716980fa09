"""How long does a launch take from a Python that has 1 GiB of its own?"""

from __future__ import annotations

import time

from benchmarks.question import Figure, Goal, Question, Run

LARGE = 1 << 30

QUESTION = Question(
    program="tiny.c",
    mode="large",
    arguments=(),
    counts={"trapline": 1, "c": 1, "libdebug": 1, "gdb": 1},
    figures=(Figure("time", "launch from a process of 1 GiB", "ms"),),
    goals=(Goal("time", "faster", 1, "gdb"),),
)


def _fill() -> bytearray:
    large = bytearray(LARGE)
    large[::4096] = b"x" * (LARGE // 4096)  # every page is there
    return large


def in_trapline(run: Run) -> None:
    """`trapline.launch`."""
    import trapline

    large = _fill()
    begin = time.perf_counter_ns()
    inferior = trapline.launch(run.argv)
    run.report("time", time.perf_counter_ns() - begin)
    inferior.kill()
    assert large[0]


def in_gdb(run: Run) -> None:
    """`starti`."""
    import gdb  # type: ignore[import-not-found]  # gdb's own Python has it

    large = _fill()
    begin = time.perf_counter_ns()
    gdb.execute("starti", to_string=True)
    run.report("time", time.perf_counter_ns() - begin)
    gdb.execute("kill")
    assert large[0]


def in_libdebug(run: Run) -> None:
    """`run`, which stops at the program's entry point."""
    from libdebug import debugger  # type: ignore[import-not-found]  # in an environment of its own

    large = _fill()
    inferior = debugger(run.argv, aslr=False)
    begin = time.perf_counter_ns()
    inferior.run()
    run.report("time", time.perf_counter_ns() - begin)
    inferior.kill()
    inferior.terminate()
    assert large[0]
