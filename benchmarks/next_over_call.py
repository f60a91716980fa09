"""What does `next` cost over a line that calls a function of a million instructions?"""

from __future__ import annotations

import time

from benchmarks.question import Figure, Goal, Question, Run

_CALL = "lines.c:16"

QUESTION = Question(
    program="lines.c",
    flags=("-g", "-O0"),
    arguments=(),
    counts={"trapline": 20, "gdb": 20},
    figures=(
        Figure("time", "next over a call of a million instructions", "ms"),
        Figure("first", "the first such next", "ms"),
    ),
    goals=(Goal("time", "faster", 1, "gdb"),),
)


def in_trapline(run: Run) -> None:
    """`next()` where the call is, as often as it comes round."""
    import trapline

    with trapline.launch(run.argv) as inferior:
        call = inferior.set_breakpoint(_CALL)
        inferior.resume()
        times = []
        for _ in range(run.count + 1):
            begin = time.perf_counter_ns()
            stop = inferior.next()
            times.append(time.perf_counter_ns() - begin)
            assert isinstance(stop, trapline.StepFinished)
            inferior.resume()
        assert call.hit_count == run.count + 2
        run.report("first", times[0])
        run.report("time", sum(times[1:]), run.count)


def in_gdb(run: Run) -> None:
    """`next` likewise."""
    import gdb  # type: ignore[import-not-found]  # gdb's own Python has it

    gdb.execute(f"break {_CALL}", to_string=True)
    gdb.execute("run", to_string=True)
    times = []
    for _ in range(run.count + 1):
        begin = time.perf_counter_ns()
        gdb.execute("next", to_string=True)
        times.append(time.perf_counter_ns() - begin)
        gdb.execute("continue", to_string=True)
    run.report("first", times[0])
    run.report("time", sum(times[1:]), run.count)
    gdb.execute("kill")
