"""Where is main, and at which line?"""

from __future__ import annotations

from benchmarks.fresh import SMALL, fresh
from benchmarks.question import LARGE, Question


def _line(program: str, expected: str) -> Question:
    return fresh(
        "address of main with its line",
        program,
        ["answer = str(inferior.line(inferior.symbol('main')))"],
        ["info line main"],
        expected,
    )


QUESTION = _line(SMALL, "small.c")
IN_LARGE = _line(LARGE, "main.cpp")
