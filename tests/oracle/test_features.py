"""One program a feature of the languages: variables at marked lines beside gdb's, at three levels.

The differences that may be are in tests/support/feature_differences.py, each with its reason.
"""

from __future__ import annotations

from pathlib import PurePath

import pytest
from tests.support import feature_differences, features, programs

pytestmark = pytest.mark.timeout(300)  # gdb takes its time on a busy machine

BUILDS = {
    ".c": [f"{compiler} {level}" for compiler in ("gcc", "clang") for level in ("-O0", "-Og", "-O2")],
    ".cpp": [f"{compiler} {level}" for compiler in ("g++", "clang++") for level in ("-O0", "-Og", "-O2")],
    ".rs": [f"rustc -Copt-level={level}" for level in (0, 1, 2)],
}

ONLY_GCC = {"nested_functions.c"}

FLAGS = {
    # clang 14 has coroutines, but does not say so to libstdc++.
    ".cpp": ("-std=c++20", "-D__cpp_impl_coroutine=201902", "-Wno-builtin-macro-redefined"),
    ".rs": ("--edition=2021",),
}

LONGER = {"clang -O0", "clang -Og", "clang++ -O0", "clang++ -Og", "clang++ -O2", "rustc -Copt-level=1"}
"""Builds that are much like others: of the long tests."""

CASES = [
    pytest.param(
        path.name,
        build,
        id=f"{path.name} {build}",
        marks=[pytest.mark.soak] if build in LONGER else [],
    )
    for path in sorted((programs.SOURCES / "features").iterdir())
    for build in BUILDS[path.suffix]
    if not (path.name in ONLY_GCC and build.startswith("clang"))
]


@pytest.mark.parametrize(("name", "build"), CASES)
def test_values_are_gdbs(name: str, build: str) -> None:
    source, (compiler, level) = f"features/{name}", build.split()
    program = programs.build(source, level, *FLAGS.get(PurePath(name).suffix, ()), compiler=compiler)
    theirs = features.gdb_sees(program, source, feature_differences.GDB_CRASHES.get((name, build), ()))
    ours = features.we_see(program, theirs)
    found = {one.name: one for one in features.differences(theirs, ours)}
    allowed = feature_differences.allowed(name, build)
    assert [one for one in found.values() if one.name not in allowed] == []
    assert [one for one in allowed if one not in found] == [], "these do not differ any more"
    if level in ("-O0", "-Copt-level=0"):
        assert {mark for one in theirs for mark in one.marks} == {one.name for one in features.marks(source)}


def test_every_entry_is_of_a_program() -> None:
    """And of a build that there is."""
    builds = {(case.values[0], case.values[1]) for case in CASES}
    for one in feature_differences.ALLOWED:
        assert any(feature_differences.allowed(*build) for build in builds if build[0] == one.source)
