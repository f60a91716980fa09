"""What is in a structure, given its name?"""

from __future__ import annotations

from benchmarks.fresh import SMALL, fresh
from benchmarks.question import LARGE, Question


def _show(program: str, keyword: str, name: str) -> Question:
    return fresh(
        "members of a struct by name",
        program,
        [
            f"found = inferior.find_type({keyword + name!r})",
            "answer = ', '.join(f'{field.type} {field.name}' for field in found.members)",
        ],
        [f"ptype {keyword}{name}"],
        "values",
    )


QUESTION = _show(SMALL, "struct ", "record")
IN_LARGE = _show(LARGE, "", "unit_120::Record_120")
