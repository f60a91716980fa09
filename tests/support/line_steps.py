"""The programs that are stepped through beside gdb, and where our stops may be others than gdb's.

Each program is built by each compiler that can, with and without optimization, and walked through from main
on by several sequences of verbs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.support import programs, steps
from tests.support.steps import Lines

import trapline
from trapline import Inferior

_C = (
    "arrays",
    "calls",
    "contexts",
    "expressions",
    "inline",
    "libraries",
    "longjmp",
    "loops",
    "macros",
    "recursion",
    "setjmp",
    "signals",
    "static",
    "structs",
    "switches",
    "tail",
    "threads",
)
_CPP = (
    "exceptions",
    "functions",
    "inline_throws",
    "iterators",
    "lambdas",
    "nested",
    "noexcept",
    "templates",
)
_CPP20 = ("coroutine", "ranges")
_RUST = ("async", "chains", "executor", "panic", "question", "rust")


class Case(NamedTuple):
    """A program and how it is built: `exceptions.cpp`, `clang`, `-O2`."""

    program: str
    compiler: str
    level: str

    @property
    def source(self) -> str:
        return f"steps_{self.program}"

    @property
    def how(self) -> str:
        return f"{self.compiler} {self.level}"

    def build(self) -> str:
        """Return the path of the program."""
        suffix = self.program.rpartition(".")[2]
        if suffix == "rs":
            optimized = ("-O",) if self.level == "-O2" else ()
            return programs.build(self.source, "--edition=2021", *optimized)
        standard = ("-std=c++20",) if self.program.removesuffix(".cpp") in _CPP20 else ()
        by_clang = {"c": "clang", "cpp": "clang++"}[suffix]
        compiler = by_clang if self.compiler == "clang" else None
        return programs.build(self.source, *standard, self.level, compiler=compiler)


NOT_COMPILED = Case("ranges.cpp", "clang", "-O0")
"""clang 14 refuses the ranges of libstdc++ 12."""

PROGRAMS = tuple(
    f"{name}.{suffix}"
    for suffix, names in (("c", _C), ("cpp", _CPP + _CPP20), ("rs", _RUST))
    for name in names
)


def cases(program: str) -> list[Case]:
    """Return every way in which a program is built."""
    compilers = ("rustc",) if program.endswith(".rs") else ("gcc", "clang")
    return [
        Case(program, compiler, level)
        for compiler in compilers
        for level in ("-O0", "-O2")
        if (program, compiler) != (NOT_COMPILED.program, NOT_COMPILED.compiler)
    ]


# -- the walks -----------------------------------------------------------------------------------

SEQUENCES = (
    ["step"] * 50,
    ["next"] * 40,
    ["step", "step", "next", "step", "finish", "next", "step"] * 7,
)
MORE_SEQUENCES = (
    ["step", "step", "next", "step", "next"] * 10,
    ["step", "step", "finish"] * 15,
    ["next", "step", "step", "step", "finish", "next"] * 8,
)
_UNTIL = ["until"] * 25

ENDS_GDB = (
    Case("chains.rs", "rustc", "-O0"),
    Case("question.rs", "rustc", "-O0"),
    Case("rust.rs", "rustc", "-O0"),
    Case("rust.rs", "rustc", "-O2"),
)
"""Where `finish` out of a function with a result of Rust's is the end of gdb 13 itself: not done there."""


def sequences(case: Case, *, all_: bool) -> list[list[str]]:
    """Return the verbs of each walk through a program."""
    found = [*SEQUENCES, *MORE_SEQUENCES] if all_ else list(SEQUENCES)
    if not all_ and (case.compiler == "rustc" or case.program == "inline_throws.cpp"):
        found.append(MORE_SEQUENCES[0])
    if case.program in ("loops.c", "arrays.c"):
        found.append(_UNTIL)
    if case in ENDS_GDB:
        found = [["next" if verb == "finish" else verb for verb in verbs] for verbs in found]
    return found


# -- differences ---------------------------------------------------------------------------------


class Left(NamedTuple):
    """Why our stop may be another than gdb's, and in which builds it is.

    That is after a verb that is used on a line marked `leaves`, or in one of these functions of a library.
    """

    reason: str
    builds: tuple[str, ...]
    by_more: tuple[str, ...] = ()
    """Builds in which only `MORE_SEQUENCES` come to it."""
    functions: tuple[str, ...] = ()


_BY_ALL = ("gcc -O0", "gcc -O2", "clang -O0", "clang -O2")
_UNCAUGHT = "without SystemTap probes in libgcc gdb runs on, we stop where it is caught"
_PIECE = "gdb takes the second piece of an inlined call's code for another call"

LEFT = {
    "async.rs": Left(
        f"gdb goes to the executor where a future is not ready, we to where it is polled again; {_PIECE}",
        ("rustc -O0",),
        ("rustc -O2",),
    ),
    "exceptions.cpp": Left(_UNCAUGHT, _BY_ALL),
    "executor.rs": Left(
        "gdb takes an instruction amid an inlined call for its beginning, if the code before is another's",
        ("rustc -O2",),
    ),
    "inline_throws.cpp": Left(f"{_UNCAUGHT}; {_PIECE}", _BY_ALL),
    "longjmp.c": Left("without SystemTap probes in libc gdb runs on, we stop where longjmp lands", _BY_ALL),
    "noexcept.cpp": Left(
        f"{_UNCAUGHT}: in clang's code that ends the program, which has a line",
        ("clang -O0",),
        ("clang -O2",),
    ),
    "panic.rs": Left(
        _UNCAUGHT,
        ("rustc -O2",),
        functions=("std::panicking::catch_unwind", "std::panicking::catch_unwind::do_call"),
    ),
    "setjmp.c": Left("the same as for longjmp", _BY_ALL),
    "static.c": Left(_PIECE, (), ("gcc -O2",)),
}


def marked(program: str) -> set[int | str]:
    """Return the lines and the functions of a program after which our stop may be another than gdb's."""
    excuse = LEFT.get(program)
    if excuse is None:
        return set()
    text = (programs.SOURCES / f"steps_{program}").read_text().splitlines()
    found: set[int | str] = {at for at, line in enumerate(text, 1) if re.search("@mark leaves", line)}
    return found | set(excuse.functions)


def first_difference(theirs: Lines, ours: Lines) -> int | None:
    """Return where they part; what gdb does outside of the source file is its own business."""
    if theirs and not theirs[-1][0]:
        ours, theirs = ours[: len(theirs) - 1], theirs[:-1]
    if ours == theirs:
        return None
    pairs = enumerate(zip(theirs, ours, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(theirs), len(ours)))


def check(launch: Callable[..., Inferior], case: Case, folder: Path, *, all_: bool) -> set[int | str]:
    """Compare our stops with gdb's; return after which of `marked` they are others.

    Args:
        launch: starts a program.
        case: the program.
        folder: for gdb's script.
        all_: more walks, and to their ends: where we may be elsewhere than gdb, it is put there and goes on.
    """
    program = case.build()
    verbs = sequences(case, all_=all_)
    ours = [steps.by_us(launch([program], stdout=trapline.DEVNULL), case.source, one) for one in verbs]
    walks: list[steps.Walk] = [(one, {}) for one in verbs]
    allowed = marked(case.program)
    left: set[int | str] = set()
    going = list(range(len(walks)))
    while going:
        found = steps.by_gdb(program, case.source, [walks[number] for number in going], folder)
        parted = []
        for number, theirs in zip(going, found, strict=True):
            lines, places = ours[number]
            assert len(theirs) > 1 or not theirs[-1][0], theirs
            at = first_difference(theirs, lines)
            if at is None:
                continue
            function, line, _ = lines[at - 1]
            before = line if places.files[at - 1].endswith(case.source) else function.partition("<")[0]
            landings = walks[number][1]
            shown = (case.how, verbs[number][:7], at, theirs[at - 2 :][:5], lines[at - 2 :][:5])
            assert before in allowed and at - 1 not in landings, shown
            left.add(before)
            if all_ and at < len(lines) and lines[at][0]:
                landings[at - 1] = places.offsets[at]
                parted.append(number)
        going = parted
    excuse = LEFT.get(case.program)
    builds = excuse.builds + (excuse.by_more if all_ else ()) if excuse is not None else ()
    assert bool(left) == (case.how in builds), (case.how, left, excuse)
    return left
