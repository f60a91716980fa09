"""What does the same hit cost when 32 other threads sleep?"""

from __future__ import annotations

from benchmarks import hit
from benchmarks.question import Figure, Goal

QUESTION = hit.QUESTION._replace(
    mode="threads",
    arguments=("{out}", "{count}", "32"),
    counts={"trapline": 20_000, "c": 20_000, "libdebug": 400, "gdb": 2_000},
    figures=(Figure("time", "a hit with 33 threads", "µs"),),
    goals=(Goal("time", "flat", 1.2, "hit"),),
)

in_trapline = hit.in_trapline
in_gdb = hit.in_gdb
in_libdebug = hit.in_libdebug
