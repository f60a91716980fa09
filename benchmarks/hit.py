"""What does a breakpoint hit cost that calls a Python function and goes on?"""

from __future__ import annotations

from benchmarks.question import Figure, Goal, Question, Run

QUESTION = Question(
    program="hits.c",
    mode="hit",
    counts={"trapline": 20_000, "c": 20_000, "libdebug": 4_000, "gdb": 4_000},
    figures=(Figure("time", "a hit calls Python and goes on", "µs"),),
    goals=(
        Goal("time", "faster", 8, "gdb"),
        Goal("time", "faster", 4, "libdebug"),
        Goal("time", "within", 2, "c"),
    ),
)

OTHERS = 3_000
"""How many breakpoints there are besides, where there are any (in hits.c's filler, one a byte)."""

FIRST_OTHER = 64
"""Where they begin in it; the C tracer's slot is before."""


def in_trapline(run: Run, others: int = 0, calls: int | None = None) -> None:
    """Count the hits in a closure; `calls` of them are expected, `run.count` unless said otherwise."""
    import trapline

    hits = 0

    def on_hit(inferior: trapline.Inferior, breakpoint: trapline.Breakpoint) -> None:
        nonlocal hits
        hits += 1

    with trapline.launch(run.argv) as inferior:
        inferior.set_breakpoint("hit", callback=on_hit)
        filler = inferior.symbol("filler").address + FIRST_OTHER
        for address in range(filler, filler + others):
            inferior.set_breakpoint(address)
        status = inferior.run()
    assert status.code == 0
    assert hits == (calls or run.count)


def in_gdb(run: Run, others: int = 0, calls: int | None = None) -> None:
    """Count them in `gdb.Breakpoint.stop()`, which lets the program go on."""
    import gdb  # type: ignore[import-not-found]  # gdb's own Python has it

    class Hit(gdb.Breakpoint):  # type: ignore[misc]  # untyped
        hits = 0

        def stop(self) -> bool:
            self.hits += 1
            return False

    hit = Hit("hit")
    if others:
        gdb.execute("starti", to_string=True)
        filler = int(gdb.parse_and_eval("(long)&filler")) + FIRST_OTHER
        for address in range(filler, filler + others):
            gdb.Breakpoint(f"*{address:#x}")
        gdb.execute("continue", to_string=True)
    else:
        gdb.execute("run", to_string=True)
    assert hit.hits == (calls or run.count)


def in_libdebug(run: Run, others: int = 0, calls: int | None = None) -> None:
    """Count them in a breakpoint's callback."""
    from libdebug import debugger  # type: ignore[import-not-found]  # in an environment of its own

    hits = 0

    def on_hit(thread: object, breakpoint: object) -> None:
        nonlocal hits
        hits += 1

    inferior = debugger(run.argv, aslr=False)
    inferior.run()
    inferior.bp("hit", callback=on_hit, file="binary")
    filler = inferior.symbols["filler"][0].start + FIRST_OTHER if others else 0
    for address in range(filler, filler + others):
        inferior.bp(address, file="binary")
    inferior.cont()
    inferior.wait()
    inferior.terminate()
    assert hits == (calls or run.count)
