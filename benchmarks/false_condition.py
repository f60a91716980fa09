"""What does a breakpoint cost whose condition, an expression on a register, is false?"""

from __future__ import annotations

from benchmarks.question import Figure, Goal, Question, Run

NEVER = 999_999
"""A value that the first argument never has."""

QUESTION = Question(
    program="hits.c",
    mode="condition",
    counts={"trapline": 20_000, "c": 20_000, "libdebug": 4_000, "gdb": 4_000},
    figures=(Figure("time", "a false condition on a register", "µs"),),
    goals=(Goal("time", "faster", 15, "gdb"), Goal("time", "within", 2, "c")),
)


def in_trapline(run: Run, condition: str = f"$rdi == {NEVER}") -> None:
    """The same as in gdb."""
    import trapline

    with trapline.launch(run.argv) as inferior:
        hit = inferior.set_breakpoint("hit", condition=condition)
        status = inferior.run()
    assert (status.code, hit.hit_count) == (0, 0)


def in_gdb(run: Run, condition: str = f"$rdi == {NEVER}") -> None:
    """Gdb's own `break ... if`, which counts nothing while it is false."""
    import gdb  # type: ignore[import-not-found]  # gdb's own Python has it

    hit = gdb.Breakpoint("hit")
    hit.condition = condition
    gdb.execute("run", to_string=True)
    assert hit.hit_count == 0


def in_libdebug(run: Run) -> None:
    """A callback that looks at the register."""
    from libdebug import debugger  # type: ignore[import-not-found]  # in an environment of its own

    seen = 0

    def on_hit(thread: debugger.ThreadContext, breakpoint: object) -> None:
        nonlocal seen
        if thread.regs.rdi == NEVER:
            seen += 1

    inferior = debugger(run.argv, aslr=False)
    inferior.run()
    hit = inferior.bp("hit", callback=on_hit, file="binary")
    inferior.cont()
    inferior.wait()
    inferior.terminate()
    assert (seen, hit.hit_count) == (0, run.count)
