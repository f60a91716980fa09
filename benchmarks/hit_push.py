"""What does a hit cost on a one-byte instruction, as functions without optimization begin?

There the pc after the trap says less, so the engine asks the kernel one thing more (KERNEL 4).
"""

from __future__ import annotations

from benchmarks import hit
from benchmarks.question import Figure, Goal

QUESTION = hit.QUESTION._replace(
    flags=("-O0", "-fcf-protection=none"),
    figures=(Figure("time", "a hit on `push %rbp`", "µs"),),
    goals=(
        Goal("time", "faster", 8, "gdb"),
        Goal("time", "faster", 4, "libdebug"),
        Goal("time", "within", 2, "c"),
    ),
)

in_trapline = hit.in_trapline
in_gdb = hit.in_gdb
in_libdebug = hit.in_libdebug
