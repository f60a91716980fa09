"""`step`, `next` and `finish` from main on stop where gdb's do, as long as it is in lines of ours.

Each program is stepped through in three ways: by `step`, by `next`, and by a mixture with `finish`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support import programs, steps
from tests.support.steps import Lines

from trapline import Inferior

_SEQUENCES = [
    ["step"] * 50,
    ["next"] * 40,
    ["step", "step", "next", "step", "finish", "next", "step"] * 7,
]

_IN_RUST = [["step"] * 50, ["next"] * 30, ["step", "step", "next", "step", "next"] * 10]
"""Without `finish`, at which gdb 13 ends itself where a result has a type of Rust."""

_C = (
    "arrays",
    "calls",
    "contexts",
    "expressions",
    "inline",
    "libraries",
    "longjmp",
    "loops",
    "recursion",
    "setjmp",
    "signals",
    "static",
    "structs",
    "switches",
    "tail",
    "threads",
)
_CPP = ("exceptions", "functions", "inline_throws", "iterators", "nested", "noexcept", "templates")
_CPP20 = ("coroutine", "ranges")
_RUST = ("async", "chains", "executor", "panic", "question", "rust")
_OPTIMIZED_BY_CLANG = (
    "inline.c",
    "loops.c",
    "recursion.c",
    "setjmp.c",
    "switches.c",
    "exceptions.cpp",
    "functions.cpp",
    "inline_throws.cpp",
    "iterators.cpp",
    "nested.cpp",
)

_LEFT_BY_FORCE = {
    "steps_async.rs": "gdb goes to the executor where a future is not ready, we to where it is polled again",
    "steps_exceptions.cpp": "without SystemTap probes in libgcc gdb runs on, we stop where it is caught",
    "steps_inline_throws.cpp": "the same",
    "steps_longjmp.c": "without SystemTap probes in libc gdb runs on, we stop where longjmp lands",
    "steps_panic.rs": "the same for a panic",
    "steps_setjmp.c": "the same as for longjmp",
}
"""Programs that we may leave gdb at, with why ours is better: only at lines marked `leaves`."""


def _cases() -> list[tuple[str, tuple[str, ...], str | None]]:
    found: list[tuple[str, tuple[str, ...], str | None]] = []
    for name in (*(f"{one}.c" for one in _C), *(f"{one}.cpp" for one in _CPP)):
        found += [(name, (), None), (name, ("-O2",), None)]
    for name in _CPP20:
        found += [(f"{name}.cpp", ("-std=c++20", *flags), None) for flags in ((), ("-O2",))]
    for name in _OPTIMIZED_BY_CLANG:
        found.append((name, ("-O2",), "clang" if name.endswith(".c") else "clang++"))
    for name in _RUST:
        edition = ("--edition=2021",)
        found += [(f"{name}.rs", edition, None), (f"{name}.rs", (*edition, "-O"), None)]
    return found


def _first_difference(theirs: Lines, ours: Lines) -> int | None:
    """Return where they part; what gdb does outside of the source file is its own business."""
    if theirs and not theirs[-1][0]:
        ours, theirs = ours[: len(theirs) - 1], theirs[:-1]
    if ours == theirs:
        return None
    pairs = enumerate(zip(theirs, ours, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(theirs), len(ours)))


@pytest.mark.parametrize(("name", "flags", "compiler"), _cases())
def test_lines(
    launch: Callable[..., Inferior], tmp_path: Path, name: str, flags: tuple[str, ...], compiler: str | None
) -> None:
    source = f"steps_{name}"
    program = programs.build(source, *flags, compiler=compiler)
    sequences = _IN_RUST if source.endswith(".rs") else _SEQUENCES
    if name in ("loops.c", "arrays.c"):
        sequences = [*sequences, ["until"] * 25]
    if source == "steps_executor.rs":
        # gdb takes an instruction amid an inlined call for its beginning, if the code before is another's
        sequences = sequences[:2]
    if source == "steps_panic.rs":
        sequences = [["next"] * 10]  # `step` goes into what the library does for a panic
    text = (programs.SOURCES / source).read_text().splitlines()
    for theirs, ours in steps.compare(launch, program, source, sequences, tmp_path):
        assert len(theirs) > 1 or not theirs[-1][0], theirs
        parted = _first_difference(theirs, ours)
        if parted is not None and source in _LEFT_BY_FORCE:
            before = text[ours[parted - 1][1] - 1]
            assert re.search("@mark leaves", before), (parted, theirs, ours)
        else:
            assert parted is None, (parted, theirs[parted - 2 :][:5], ours[parted - 2 :][:5])
