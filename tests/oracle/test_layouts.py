"""`ptype/o` and the listing of types and variables beside gdb's."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
from tests.support import programs

NAMES = (
    *("A", "B", "U", "N", "Der", "Base", "Vi", "EB", "P", "BF2", "Fn", "E", "TA", "Col"),
    *("a", "aa", "n.anon", "&a", "int", "d"),
)
LISTS = ["info variables -t A", "info variables -t BF", "info variables -q nothing_like_it"]


@pytest.mark.skipif(shutil.which("gdb") is None, reason="gdb is the judge")
@pytest.mark.parametrize(("compiler", "flags"), [("g++", ()), ("g++", ("-gdwarf-3",)), ("clang++", ())])
def test_beside_gdb(compiler: str, flags: tuple[str, ...]) -> None:
    program = programs.build("layouts.cpp", *flags, compiler=compiler)
    commands = [f"ptype/o {name}" for name in NAMES] + [f"ptype {name}" for name in ("A", "N", "Vi")] + LISTS
    words = [word for one in commands for word in ("-ex", f"echo @{one}\\n", "-ex", one)]
    before = ["-ex", "break main", "-ex", "run"]
    said = []
    for debugger in (["gdb", "-q", "-nx", "-batch"], [sys.executable, "-m", "trapline", "--batch"]):
        done = subprocess.run(
            [*debugger, *before, *words, program], capture_output=True, text=True, timeout=100
        )
        said.append(dict(part.split("\n", 1) for part in done.stdout.split("@")[1:]))
    theirs, ours = said
    assert [name for name in theirs if "type = " in theirs[name]] == commands[: -len(LISTS)]
    for name, text in theirs.items():
        assert (name, _plain(ours[name])) == (name, _plain(text))


def _plain(text: str) -> list[str]:
    """The lines without those that name a file, which gdb says as the compiler was given it."""
    return [line for line in text.rstrip().split("\n") if not line.startswith("File ")]
