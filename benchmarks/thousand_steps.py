"""What do a thousand steps by source lines cost: `step` into what is called, and `next` over it?"""

from __future__ import annotations

import time

from benchmarks.question import Figure, Goal, Question, Run

_LOOP = "lines.c:18"

QUESTION = Question(
    program="lines.c",
    flags=("-g", "-O0"),
    arguments=(),
    counts={"trapline": 1000, "gdb": 1000},
    figures=(
        Figure("step", "a step by lines, into a function each fifth time", "µs"),
        Figure("next", "a next by lines, over a call each fourth time", "µs"),
    ),
    goals=(Goal("step", "faster", 1, "gdb"), Goal("next", "faster", 1, "gdb")),
)


def in_trapline(run: Run) -> None:
    """`step()` and `next()` in a loop of short lines."""
    import trapline

    with trapline.launch(run.argv) as inferior:
        inferior.set_breakpoint(_LOOP, temporary=True)
        inferior.resume()
        for name, verb in (("step", inferior.step), ("next", inferior.next)):
            begin = time.perf_counter_ns()
            for _ in range(run.count):
                verb()
            run.report(name, time.perf_counter_ns() - begin, run.count)
        assert isinstance(inferior.stop, trapline.StepFinished)


def in_gdb(run: Run) -> None:
    """`step` and `next` likewise."""
    import gdb  # type: ignore[import-not-found]  # gdb's own Python has it

    gdb.execute(f"tbreak {_LOOP}", to_string=True)
    gdb.execute("run", to_string=True)
    for verb in ("step", "next"):
        begin = time.perf_counter_ns()
        for _ in range(run.count):
            gdb.execute(verb, to_string=True)
        run.report(verb, time.perf_counter_ns() - begin, run.count)
    gdb.execute("kill")
