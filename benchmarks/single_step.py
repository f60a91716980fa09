"""What does a single step cost, many at once and one by one?"""

from __future__ import annotations

import time

from benchmarks.question import Figure, Goal, Question, Run

QUESTION = Question(
    program="steps.c",
    mode="step",
    arguments=(),
    counts={"trapline": 10_000, "c": 20_000, "libdebug": 3_000, "gdb": 3_000},
    figures=(
        Figure("time", "a single step of many", "µs"),
        Figure("single", "a single step, each one seen by Python", "µs"),
    ),
    goals=(
        Goal("time", "faster", 6, "gdb"),
        Goal("time", "within", 1.5, "c"),
        Goal("single", "faster", 6, "gdb"),
    ),
)


def in_trapline(run: Run) -> None:
    """`step_instruction(count)`, then a loop over `step_instruction()`."""
    import trapline

    with trapline.launch(run.argv) as inferior:
        inferior.advance("spin")
        begin = time.perf_counter_ns()
        inferior.step_instruction(run.count)
        run.report("time", time.perf_counter_ns() - begin, run.count)
        begin = time.perf_counter_ns()
        for _ in range(run.count):
            inferior.step_instruction()
        run.report("single", time.perf_counter_ns() - begin, run.count)


def in_gdb(run: Run) -> None:
    """`stepi COUNT`, then a loop over `stepi`."""
    import gdb  # type: ignore[import-not-found]  # gdb's own Python has it

    gdb.execute("break spin", to_string=True)
    gdb.execute("run", to_string=True)
    gdb.execute("delete")
    begin = time.perf_counter_ns()
    gdb.execute(f"stepi {run.count}", to_string=True)
    run.report("time", time.perf_counter_ns() - begin, run.count)
    begin = time.perf_counter_ns()
    for _ in range(run.count):
        gdb.execute("stepi", to_string=True)
    run.report("single", time.perf_counter_ns() - begin, run.count)
    gdb.execute("kill")


def in_libdebug(run: Run) -> None:
    """A loop over `step()`, which is all there is."""
    from libdebug import debugger  # type: ignore[import-not-found]  # in an environment of its own

    inferior = debugger(run.argv, aslr=False)
    inferior.run()
    inferior.bp("spin", file="binary")
    inferior.cont()
    inferior.wait()
    begin = time.perf_counter_ns()
    for _ in range(run.count):
        inferior.step()
    elapsed = time.perf_counter_ns() - begin
    run.report("time", elapsed, run.count)
    run.report("single", elapsed, run.count)
    inferior.kill()
    inferior.terminate()
