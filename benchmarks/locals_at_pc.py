"""Which variables are there at an address, before the function has made its frame?"""

from __future__ import annotations

from benchmarks.fresh import SMALL, STOPPED_AT_FRAME, fresh
from benchmarks.question import LARGE, Question


def _stop(program: str, function: str, expected: str) -> Question:
    return fresh(
        "locals at a pc",
        program,
        [f"inferior.set_breakpoint('*{function}')", "inferior.resume()", STOPPED_AT_FRAME],
        [f"break *{function}", "run", "info locals"],
        expected,
    )


QUESTION = _stop(SMALL, "lookup", "table")
IN_LARGE = _stop(LARGE, "_ZNK8unit_12010Record_1205totalEi", "sum")
