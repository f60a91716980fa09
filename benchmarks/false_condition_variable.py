"""What does a breakpoint cost whose condition, on a variable in memory, is false?"""

from __future__ import annotations

from benchmarks.false_condition import NEVER
from benchmarks.question import Figure, Goal, Question, Run

QUESTION = Question(
    program="hits.c",
    flags=("-O0",),
    counts={"trapline": 20_000, "gdb": 4_000},
    figures=(Figure("time", "... on an argument in memory", "µs"),),
    goals=(Goal("time", "faster", 15, "gdb"),),
)


def in_trapline(run: Run) -> None:
    """The same as in gdb."""
    import trapline

    with trapline.launch(run.argv) as inferior:
        hit = inferior.set_breakpoint("hit", condition=f"number == {NEVER}")
        status = inferior.run()
    assert (status.code, hit.hit_count) == (0, 0)


def in_gdb(run: Run) -> None:
    """Gdb's own `break ... if`."""
    import gdb  # type: ignore[import-not-found]  # gdb's own Python has it

    hit = gdb.Breakpoint("hit")
    hit.condition = f"number == {NEVER}"
    gdb.execute("run", to_string=True)
    assert hit.hit_count == 0
