"""Stops by chance all over optimized programs: frames and variables are gdb's.  More are in tests/soak."""

from __future__ import annotations

import pytest
from tests.support import programs, random_stops

pytestmark = pytest.mark.timeout(300)  # gdb takes its time on a busy machine


@pytest.mark.parametrize(
    ("source", "pattern", "flags", "compiler"),
    [
        ("calculator.cpp", random_stops.CPP, ("-O2", "-std=c++17"), "g++"),
        ("calculator.cpp", random_stops.CPP, ("-Og", "-std=c++17"), "clang++"),
        ("calculator.rs", random_stops.RUST, ("-Copt-level=2", "--edition=2021"), None),
    ],
)
def test_frames_and_variables_are_gdbs(
    source: str, pattern: str, flags: tuple[str, ...], compiler: str | None
) -> None:
    program = programs.build(source, *flags, compiler=compiler)
    found = random_stops.compared(program, pattern, 1, 20)
    assert found.differences == []
    assert found.stops == 20 and found.values > 200
