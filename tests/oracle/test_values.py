"""The text of values without printers against gdb's `print`, on the same binaries at the same instruction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.support import gdb_prints, programs

import trapline
from trapline.inspection.frame import Frame
from trapline.inspection.types_text import ptype

pytestmark = pytest.mark.timeout(300)  # gdb takes its time on a busy machine

DIFFERENT = {
    # gdb does not look up the length behind a pointer.
    ("values_c.c", "pointer"): "(int (*)[variable length]) ",
    # gdb warns of a vtable's address in the midst of its text.
    ("values_rust.rs", "object"): "&dyn values_rust::Area {pointer: ",
    ("values_rust.rs", "boxed_object"): "alloc::boxed::Box<dyn values_rust::Area",
    # gdb keeps the hash in the names of old symbols: `GLOBAL::h036d5a8afd78d725`.
    ("values_rust.rs", "some_reference"): "core::option::Option<&i32>::Some(0x",
    # gdb 13 has no value of a type without a description.
    ("values_cpp.cpp", "null"): "error: Attempt to dereference a generic pointer.",
}

DIFFERENT_TYPES = {
    # gdb calls it void.
    ("values_cpp.cpp", "null"),
    # gdb overlooks that gcc's destructor is virtual.
    ("values_cpp.cpp", "shape"),
    ("values_cpp.cpp", "shape_reference"),
    # It knows the lengths now.
    ("values_c.c", "pointer"),
    # gdb puts an "int" into clang's unsigned __int128.
    ("values_c.c", "ubig"),
}

CRASHES = {
    # gdb 13.1 takes the case of an array's first enum for those of all, and fails an assertion.
    ("values_rust.rs", "nested"),
    ("values_rust.rs", "shapes"),
}


def is_expected(source: str, name: str, theirs: str, ours: str) -> bool:
    """Whether a difference is on the list."""
    if source.endswith(".rs") and theirs.startswith("(*mut "):
        # gdb writes all of Rust's pointers so; the compiler says which are references and boxes.
        return theirs.partition(") ")[2] == ours.partition(") ")[2]
    return (source, name) in DIFFERENT and theirs.startswith(DIFFERENT[source, name])


@contextmanager
def stopped(program: str, pc: int) -> Iterator[Frame]:
    """Run a program to an instruction, with the environment that gdb gives it."""
    with trapline.launch([program], env=gdb_prints.ENVIRONMENT, stdout=trapline.DEVNULL) as inferior:
        inferior.set_breakpoint(pc)
        assert isinstance(inferior.resume(), trapline.BreakpointHit)
        yield inferior.frame


def compared(
    source: str, mark: str, *flags: str, compiler: str | None, skip: tuple[str, ...] = ()
) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    """Return (name, gdb's text, ours) of every variable that can be seen at a mark: of values, of types."""
    program = programs.build(source, *flags, compiler=compiler)
    where = f"{source}:{programs.mark(source, mark)}"
    skip += tuple(name for file, name in CRASHES if file == source)
    gdb = gdb_prints.variables(program, where, ("print", "ptype"), skip)
    with stopped(program, gdb["pc"]) as frame:
        values = {**frame.arguments, **frame.locals}
        assert set(gdb["print"]) <= set(values)
        printed = [(name, text, str(values[name].raw)) for name, text in gdb["print"].items()]
        typed = [(name, text, ptype(values[name].type)) for name, text in gdb["ptype"].items()]
    return printed, typed


@pytest.mark.parametrize(
    ("source", "mark", "flags", "compiler"),
    [
        pytest.param(source, mark, flags, compiler, id=f"{mark} {compiler or source} {' '.join(flags)}")
        for source, marks, variants in (
            (
                "values_c.c",
                ("main", "by_value", "lengths"),
                (((), "gcc"), (("-gdwarf-4",), "gcc"), ((), "clang")),
            ),
            (
                "values_cpp.cpp",
                ("main", "by_value", "lambda", "method"),
                (((), "g++"), ((), "clang++")),
            ),
            ("values_rust.rs", ("main", "by_value", "moved"), (((), None),)),
        )
        for mark in marks
        for flags, compiler in variants
    ],
)
def test_every_variable_shows_as_in_gdb(
    source: str, mark: str, flags: tuple[str, ...], compiler: str | None
) -> None:
    values, types = compared(source, mark, *flags, compiler=compiler)
    assert values
    assert [one for one in values if one[1] != one[2] and not is_expected(source, *one)] == []
    # In Rust gdb does not show what the compiler calls references, boxes and pointers to functions.
    different = [
        one for one in types if one[1] != one[2] and not ("*mut " in one[1] and source.endswith(".rs"))
    ]
    assert [one for one in different if (source, one[0]) not in DIFFERENT_TYPES] == []


OPTIMIZED = {
    # gdb calls a pointer synthetic of which no piece of the location has a bit.
    ("values_cpp.cpp", "first"): "{value = 1, next = <synthetic pointer>}",
    # A type without a description.
    ("values_cpp.cpp", "null"): "<incomplete type>",
}

NOT_COMPARED = {
    # gcc leaves of `main` its first instruction and one more.  gdb takes an empty range of a location list
    # at a function's entry for the place there, and so says what an earlier line had: `sum` is 22, which is
    # 81 since.  An empty range means nothing.  Source: DWARF 5 §2.6.2; gdb, dwarf2_find_location_expression.
    ("values_cpp.cpp", "-O2", "g++"): (
        "shape_reference", "diamond", "reference", "constant_reference", "pointer", "pointer_reference",
        "worker", "sum",
        "lambda",  # gdb 13.1 fails an assertion (coerce_pieced_ref) over a captured reference in pieces
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("source", "level", "compiler"),
    [
        ("values_c.c", "-Og", "gcc"),
        ("values_c.c", "-O2", "gcc"),
        ("values_c.c", "-Og", "clang"),
        ("values_c.c", "-O2", "clang"),
        ("values_cpp.cpp", "-Og", "g++"),
        ("values_cpp.cpp", "-O2", "g++"),
        ("values_cpp.cpp", "-Og", "clang++"),
        ("values_cpp.cpp", "-O2", "clang++"),
        ("values_rust.rs", "-O", None),
    ],
)
def test_optimized_code_shows_what_gdb_shows_or_more(source: str, level: str, compiler: str | None) -> None:
    """What gdb has not we may have; what it has we have, and the same; parts of values likewise."""
    skip = NOT_COMPARED.get((source, level, compiler or ""), ())
    found, _ = compared(source, "main", level, compiler=compiler, skip=skip)
    worse = [
        one for one in found if one[1] != one[2] and "<optimized out>" not in one[1] and "error" not in one[1]
    ]
    assert [
        one for one in worse if OPTIMIZED.get((source, one[0])) != one[1] and not is_expected(source, *one)
    ] == []
    same = [one for one in found if (source, one[0]) not in OPTIMIZED]
    assert [
        name
        for name, gdb, ours in same
        if "<optimized out>" in ours and "optimized out" not in gdb and "error" not in gdb
    ] == []
