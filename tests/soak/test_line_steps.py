"""Every program that is stepped through beside gdb, by every compiler, with more walks and to their ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support import line_steps, steps

from trapline import Inferior

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]


@pytest.mark.parametrize("program", line_steps.PROGRAMS)
def test_lines(launch: Callable[..., Inferior], tmp_path: Path, program: str) -> None:
    left = set()
    for case in line_steps.cases(program):
        left |= line_steps.check(launch, case, tmp_path, all_=True)
    assert left == line_steps.marked(program), "a mark `leaves` that nothing needs"


def test_what_clang_does_not_compile() -> None:
    with pytest.raises(pytest.fail.Exception, match="cannot compile"):
        line_steps.NOT_COMPILED.build()


@pytest.mark.parametrize("case", line_steps.ENDS_GDB, ids=" ".join)
def test_finish_ends_gdb(tmp_path: Path, case: line_steps.Case) -> None:
    walks: list[steps.Walk] = [(verbs, {}) for verbs in line_steps.SEQUENCES + line_steps.MORE_SEQUENCES]
    with pytest.raises(AssertionError, match="internal problem"):
        steps.by_gdb(case.build(), case.source, walks, tmp_path)
