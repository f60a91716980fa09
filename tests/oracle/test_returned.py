"""What functions return, by each way the ABI has: `finish` beside gdb's, with gcc and clang.

Source: System V psABI for x86-64, 3.2.3 (Returning of Values); Itanium C++ ABI, 3.1.4.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest
from tests.cli.terminal import environment
from tests.support import programs

_GDB = ("gdb", "-q", "-nx", "-batch", "-iex", "set debuginfod enabled off")
_US = (sys.executable, "-m", "trapline", "-q", "--nx", "--batch")
_RETURNED = re.compile(r"^Value returned is \$\d+ = ", re.MULTILINE)


_OURS = {
    "a_union_with_a_long_double": "{l = 1.5, i = 0}",  # gdb 13 ends with an internal error
    "an_int128": "1267650600228229401496703205376",  # gdb has 0, and of vectors the lower half
    "an_unsigned_int128": "5",
    "four_ints": "{1, 2, 3, 4}",
    "four_floats": "{1.5, 2.5, 3.5, 4.5}",
    "two_doubles": "{0.5, -0.5}",
    "four_shorts": "{1, -2, 3, -4}",
    "returned::a_null": "0x0",  # gdb says nothing of it, nor of what clang only declares
    "returned::a_string": '"text"',
}
"""What gdb 13 gets wrong."""


def _functions(source: str) -> list[str]:
    """Return the functions of a program in the order in which main calls them."""
    text = (programs.SOURCES / source).read_text()
    scope = "returned::" if source.endswith(".cpp") else ""
    return [scope + name for name in re.findall(r"\bX\((\w+(?:::\w+)?)\)", text)]


def _returned(head: tuple[str, ...], program: str, functions: list[str]) -> dict[str, str]:
    """Return the text of each function's result, "" where none is told."""
    lines = [
        line
        for at, name in enumerate(functions)
        for line in (f"tbreak {name}", "continue" if at else "run", f"echo == {name}\\n", "finish")
    ]
    done = subprocess.run(
        [*head, *(word for line in lines for word in ("-ex", line)), program],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment(LC_ALL="C.UTF-8"),
        timeout=120,
    )
    found = {}
    for part in done.stdout.split("== ")[1:]:
        name, _, said = part.partition("\n")
        told = _RETURNED.search(said)
        text = said[told.end() :].partition("\nTemporary breakpoint ")[0] if told is not None else ""
        found[name] = text.rstrip("\n")
    assert list(found) == functions, done.stderr
    return found


@pytest.mark.skipif(shutil.which("gdb") is None, reason="no gdb here")
@pytest.mark.parametrize(
    ("source", "compiler", "flags"),
    [
        ("returned.c", "gcc", ()),
        ("returned.c", "gcc", ("-O1", "-fno-ipa-cp")),
        ("returned.c", "clang", ()),
        ("returned.cpp", "g++", ("-std=c++17",)),
        ("returned.cpp", "clang++", ("-std=c++17",)),
    ],
    ids=lambda part: part if isinstance(part, str) else " ".join(part),
)
def test_results_are_gdb_s(source: str, compiler: str, flags: tuple[str, ...]) -> None:
    program = programs.build(source, *flags, compiler=compiler)
    functions = _functions(source)
    assert len(functions) > 25
    ours = _returned(_US, program, functions)
    theirs = _returned(_GDB, program, [name for name in functions if name not in _OURS])
    right = {name: _OURS.get(name) or theirs[name] for name in functions}
    assert all(right.values())
    assert {name: (text, ours[name]) for name, text in right.items() if text != ours[name]} == {}
