"""What does the same hit cost when 3,999 other threads sleep?"""

from __future__ import annotations

from benchmarks import hit
from benchmarks.question import Figure, Goal

QUESTION = hit.QUESTION._replace(
    mode="threads",
    arguments=("{out}", "{count}", "3999"),
    counts={"trapline": 5_000, "c": 5_000, "libdebug": 20, "gdb": 20},
    figures=(Figure("time", "a hit with 4,000 threads", "µs"),),
    goals=(Goal("time", "flat", 2, "hit"),),
)

in_trapline = hit.in_trapline
in_gdb = hit.in_gdb
in_libdebug = hit.in_libdebug
