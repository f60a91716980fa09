"""How fast is 256 MiB of the inferior's memory read, and what do eight bytes cost?"""

from __future__ import annotations

import mmap
import time
from collections.abc import Callable

from benchmarks.question import Figure, Goal, Question, Run

SIZE = 256 << 20

QUESTION = Question(
    program="memory.c",
    mode="memory",
    arguments=(),
    counts={"trapline": 100_000, "c": 100_000, "libdebug": 20_000, "gdb": 100_000},
    figures=(
        Figure("into", "256 MiB read into a buffer in use", "GB/s"),
        Figure("fresh", "256 MiB read into fresh memory", "GB/s"),
        Figure("small", "eight bytes read", "µs"),
    ),
    goals=(
        Goal("into", "faster", 0.9, "c"),
        Goal("fresh", "faster", 0.9, "c"),
        Goal("small", "most", 1),
    ),
)


def _measure(run: Run, block: int, read: Callable[[int, int], object]) -> None:
    """Report one large read and `run.count` small ones, a cache line apart."""
    begin = time.perf_counter_ns()
    read(block, SIZE)
    run.report("fresh", time.perf_counter_ns() - begin, SIZE)
    addresses = range(block, block + 64 * run.count, 64)
    begin = time.perf_counter_ns()
    for address in addresses:
        read(address, 8)
    run.report("small", time.perf_counter_ns() - begin, run.count)


def in_trapline(run: Run) -> None:
    """`memory.read`, and `memory.read_into` for the buffer in use."""
    import trapline

    with trapline.launch(run.argv) as inferior:
        inferior.advance("ready")
        memory = inferior.memory
        block = memory.read_pointer(inferior.symbol("block"))
        _measure(run, block, memory.read)
        buffer = memoryview(mmap.mmap(-1, SIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))  # as C's: whole pages
        memory.read_into(block, buffer)
        begin = time.perf_counter_ns()
        memory.read_into(block, buffer)
        run.report("into", time.perf_counter_ns() - begin, SIZE)


def in_gdb(run: Run) -> None:
    """`Inferior.read_memory`."""
    import gdb  # type: ignore[import-not-found]  # gdb's own Python has it

    gdb.execute("break ready", to_string=True)
    gdb.execute("run", to_string=True)
    _measure(run, int(gdb.parse_and_eval("(long)block")), gdb.selected_inferior().read_memory)
    gdb.execute("kill")


def in_libdebug(run: Run) -> None:
    """`memory.read`."""
    from libdebug import debugger  # type: ignore[import-not-found]  # in an environment of its own

    inferior = debugger(run.argv, aslr=False)
    inferior.run()
    inferior.bp("ready", file="binary")
    inferior.cont()
    inferior.wait()
    pointer = inferior.symbols["block"][0].start
    block = int.from_bytes(inferior.memory[pointer, 8, "binary"], "little")
    _measure(run, block, inferior.memory.read)
    inferior.kill()
    inferior.terminate()
