"""Variables and functions that one file declares or names, and another defines."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support import gdb, programs

import trapline
from trapline import Inferior


def user_of(library_flags: tuple[str, ...]) -> str:
    library = programs.build("extern_library.c", "-shared", "-fPIC", *library_flags)
    return programs.build("extern_user.c", "-no-pie", "-fno-pie", libraries=(library,))


def stopped_at(launch: Callable[..., Inferior], program: str | Path, mark: str) -> Inferior:
    inferior = launch([program], stdout=trapline.DEVNULL)
    inferior.set_breakpoint(f"extern_user.c:{programs.mark('extern_user.c', mark)}")
    inferior.resume()
    return inferior


EXPRESSIONS = ("counted", "couple", "couple.second", "own", "sizeof(couple)")


@pytest.mark.parametrize("flags", [("-g0",), ("-g",)], ids=["without-debug", "with-debug"])
def test_variables_of_a_library_are_what_gdb_says(
    launch: Callable[..., Inferior], flags: tuple[str, ...]
) -> None:
    """The program's declaration tells the type; the library's own bytes of a copied variable are stale."""
    program = user_of(flags)
    line = programs.mark("extern_user.c", "called")
    told = gdb.ask(
        program,
        f"""
run("break extern_user.c:{line}")
run("run")
emit([run("print " + one).partition(" = ")[2].strip() for one in {EXPRESSIONS!r}])
""",
    )[-1]
    inferior = stopped_at(launch, program, "called")
    assert [inferior.evaluate(one).format() for one in EXPRESSIONS] == told
    assert told[0] == "3"
    assert int(inferior.frame["counted"]) == 3


def test_a_declaration_in_a_block_is_one(launch: Callable[..., Inferior]) -> None:
    inferior = stopped_at(launch, user_of(("-g0",)), "inside")
    assert int(inferior.evaluate("inner")) == 99 and int(inferior.frame["inner"]) == 99
    assert str(inferior.type_of("&inner")) == "long *"


def test_a_copied_variable_is_written_where_it_is_used(launch: Callable[..., Inferior]) -> None:
    inferior = stopped_at(launch, user_of(("-g",)), "called")
    inferior.evaluate("counted = 7")
    stop = inferior.resume()
    assert isinstance(stop, trapline.Exited) and stop.status.code == 7 + 3 + 17 + 100 - 123


def test_what_was_stripped_has_its_names_from_the_separate_file(
    launch: Callable[..., Inferior], tmp_path: Path
) -> None:
    """A local function is in no dynamic symbol table; the separate file's table still names its addresses."""
    program, debug = tmp_path / "user", tmp_path / "user.debug"
    shutil.copy(user_of(("-g0",)), program)
    start = programs.file_address(str(program), "local_only")
    for command in (
        ["objcopy", "--only-keep-debug", program, debug],
        ["objcopy", "--strip-all", f"--add-gnu-debuglink={debug}", program],
    ):
        subprocess.run([str(part) for part in command], check=True)
    inferior = stopped_at(launch, program, "inside")
    assert inferior.symbol("local_only").address == start
    named = inferior.symbol(inferior.frame.pc)
    assert named is not None and named.name == "local_only"
    assert inferior.symbol("user!_init").address < start  # of the linker, without debug information
    assert inferior.set_breakpoint("user!_init", pending=False).locations


def test_a_function_that_is_called_otherwise_has_its_type(launch: Callable[..., Inferior]) -> None:
    inferior = launch([programs.build("aliased.c")], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("main")
    inferior.resume()
    assert str(inferior.type_of("twice_alias")) == "int (int)"
    assert int(inferior.evaluate("twice_alias(21)")) == 42
