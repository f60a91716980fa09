"""What does a write to a watched variable cost that calls a Python function and goes on?"""

from __future__ import annotations

from benchmarks.question import Figure, Goal, Question, Run

QUESTION = Question(
    program="writes.c",
    mode="watch",
    counts={"trapline": 20_000, "c": 20_000, "libdebug": 4_000, "gdb": 4_000},
    figures=(Figure("time", "a watched write calls Python and goes on", "µs"),),
    goals=(Goal("time", "faster", 2.5, "gdb"), Goal("time", "within", 1.5, "c")),
)


def in_trapline(run: Run) -> None:
    """Count the writes in a callback."""
    import trapline

    hits = 0

    def on_write(inferior: trapline.Inferior, stop: trapline.WatchpointHit) -> None:
        nonlocal hits
        hits += 1

    with trapline.launch(run.argv) as inferior:
        inferior.advance("ready")
        inferior.set_watchpoint(inferior.symbol("watched"), callback=on_write)
        status = inferior.run()
    assert (status.code, hits) == (0, run.count)


def in_gdb(run: Run) -> None:
    """Count them in `gdb.Breakpoint.stop()` of a watchpoint."""
    import gdb  # type: ignore[import-not-found]  # gdb's own Python has it

    class Write(gdb.Breakpoint):  # type: ignore[misc]  # untyped
        hits = 0

        def stop(self) -> bool:
            self.hits += 1
            return False

    gdb.execute("tbreak ready", to_string=True)
    gdb.execute("run", to_string=True)
    write = Write("watched", type=gdb.BP_WATCHPOINT)
    gdb.execute("continue", to_string=True)
    assert write.hits == run.count


def in_libdebug(run: Run) -> None:
    """Count them in the callback of a hardware breakpoint on writes."""
    from libdebug import debugger  # type: ignore[import-not-found]  # in an environment of its own

    hits = 0

    def on_write(thread: object, breakpoint: object) -> None:
        nonlocal hits
        hits += 1

    inferior = debugger(run.argv, aslr=False)
    inferior.run()
    inferior.bp("ready", file="binary")
    inferior.cont()
    inferior.wait()
    inferior.bp("watched", hardware=True, condition="w", length=8, callback=on_write, file="binary")
    inferior.cont()
    inferior.wait()
    inferior.terminate()
    assert hits == run.count
