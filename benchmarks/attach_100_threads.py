"""How long does it take to attach to a process with 100 threads?"""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator

from benchmarks.question import Figure, Goal, Question, Run

THREADS = 100

QUESTION = Question(
    program="sleepers.c",
    mode="attach",
    arguments=("{count}",),
    counts={"trapline": THREADS, "c": THREADS, "libdebug": THREADS, "gdb": THREADS},
    figures=(Figure("time", "attach to 100 threads", "ms"),),
    goals=(Goal("time", "faster", 20, "gdb"),),
)


@contextlib.contextmanager
def running(run: Run) -> Iterator[int]:
    """Run the program outside any debugger, and give its pid when all its threads are there."""
    with subprocess.Popen(run.argv, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield process.pid
        finally:
            process.kill()


def in_trapline(run: Run) -> None:
    """`trapline.attach`."""
    import trapline

    with running(run) as pid:
        begin = time.perf_counter_ns()
        inferior = trapline.attach(pid)
        run.report("time", time.perf_counter_ns() - begin)
        assert len(inferior.threads) == THREADS
        inferior.detach()


def in_c(run: Run) -> None:
    """The C tracer's `attach`, which wants a pid."""
    tracer = run.arguments[-1]
    with running(run._replace(arguments=run.arguments[:-1])) as pid:
        subprocess.run([tracer, "attach", run.out, str(THREADS), str(pid)], check=True)


def in_gdb(run: Run) -> None:
    """The time of gdb's `attach`."""
    import gdb  # type: ignore[import-not-found]  # gdb's own Python has it

    with running(run) as pid:
        begin = time.perf_counter_ns()
        gdb.execute(f"attach {pid}", to_string=True)
        run.report("time", time.perf_counter_ns() - begin)
        assert len(gdb.selected_inferior().threads()) == THREADS
        gdb.execute("detach", to_string=True)


def in_libdebug(run: Run) -> None:
    """`attach`."""
    from libdebug import debugger  # type: ignore[import-not-found]  # in an environment of its own

    with running(run) as pid:
        inferior = debugger(run.program)
        begin = time.perf_counter_ns()
        inferior.attach(pid)
        run.report("time", time.perf_counter_ns() - begin)
        assert len(inferior.threads) == THREADS
        inferior.detach()
        inferior.terminate()
