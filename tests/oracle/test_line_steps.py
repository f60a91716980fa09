"""`step`, `next` and `finish` from main on stop where gdb's do, as long as it is in lines of ours.

Each program is stepped through by `step`, by `next`, and by a mixture with `finish`; the soak does it with
more mixtures, with every build, and goes on where our stops and gdb's have parted.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support import line_steps
from tests.support.line_steps import Case

from trapline import Inferior

_UNOPTIMIZED_BY_CLANG = (
    "coroutine.cpp",
    "exceptions.cpp",
    "inline_throws.cpp",
    "lambdas.cpp",
    "macros.c",
    "noexcept.cpp",
    "setjmp.c",
)
"""Where clang's lines differ most from gcc's; the others are left to the soak."""


def _cases() -> list[Case]:
    found = [case for program in line_steps.PROGRAMS for case in line_steps.cases(program)]
    return [one for one in found if one.how != "clang -O0" or one.program in _UNOPTIMIZED_BY_CLANG]


@pytest.mark.parametrize("case", _cases(), ids=" ".join)
def test_lines(launch: Callable[..., Inferior], tmp_path: Path, case: Case) -> None:
    line_steps.check(launch, case, tmp_path, all_=False)
