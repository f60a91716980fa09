"""What does a breakpoint at a line cost?  The program is not run to it."""

from __future__ import annotations

from benchmarks.fresh import SMALL, fresh
from benchmarks.question import LARGE, Question


def _set(title: str, program: str, location: str) -> Question:
    return fresh(
        title,
        program,
        [
            f"locations = inferior.set_breakpoint({location!r}).locations",
            "answer = ' '.join(str(location.source) for location in locations)",
        ],
        [f"break {location}", "info breakpoints"],
        location.partition(":")[0],
        rounds=2 if ".h:" in location else 0,
    )


QUESTION = _set("break at file:line", SMALL, "small.c:15")
IN_LARGE = _set("break at file:line", LARGE, "large_120.cpp:37")
HEADER = _set("break at a header's line", SMALL, "small.h:3")
HEADER_IN_LARGE = _set("break at a header's line", LARGE, "stl_vector.h:988")
