"""How long is a backtrace of 10,000 frames, each with its arguments and its line?"""

from __future__ import annotations

from benchmarks.fresh import fresh
from benchmarks.question import Goal

DEPTH = 10_000

QUESTION = fresh(
    "backtrace of 10,000 frames",
    "deep.c",
    [
        "inferior.set_breakpoint('bottom')",
        "inferior.resume()",
        "lines = []",
        "for number, frame in enumerate(inferior.thread.frames()):",
        "    values = ', '.join(f'{name}={value}' for name, value in frame.arguments.items())",
        "    lines.append(f'#{number} {frame.function} ({values}) at {frame.location}')",
        "answer = '\\n'.join(lines)",
    ],
    ["break bottom", "run", "backtrace"],
    f"descend (depth={DEPTH}, step=1) at ",
    arguments=[str(DEPTH)],
    goals=(Goal("cpu", "faster", 8, "gdb"),),
)
