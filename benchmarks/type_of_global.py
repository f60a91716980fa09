"""What is the type of a global variable?"""

from __future__ import annotations

from benchmarks.fresh import SMALL, fresh
from benchmarks.question import LARGE, Question


def _type(program: str, name: str) -> Question:
    return fresh(
        "type of a global",
        program,
        [f"answer = str(inferior.type_of({name!r}))"],
        [f"whatis {name}"],
        "int",
    )


QUESTION = _type(SMALL, "count")
IN_LARGE = _type(LARGE, "unit_120::count_120")
