"""Programs of `gcc -flto`: what has a name in one unit of the debug information has its place in another."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.support import gdb, programs

from trapline import Inferior, WatchpointHit

NAMES = (
    "shared",
    "inner",
    "app::local",
    "app::hidden",
    "app::Counter::all",
    "'lto_first.cpp'::same",
    "app::Counter::next::calls",
)


def _program(level: str) -> str:
    second = programs.build("lto_second.cpp", level, "-flto", "-c")
    return programs.build("lto_first.cpp", level, "-flto", libraries=(second,))


@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_statics_and_thread_locals(launch: Callable[..., Inferior], level: str) -> None:
    """They are what the source says, gdb's where it finds any: it knows not which `same` is meant."""
    program = _program(level)
    asked = [name for name in NAMES if "same" not in name and "calls" not in name]
    told = gdb.ask(
        program,
        f"""
run("break other")
run("run")
emit([run("print " + one).partition(" = ")[2].strip() for one in {asked!r}])
""",
    )[-1]
    inferior = launch([program])
    inferior.set_breakpoint("other")
    inferior.resume()
    assert [inferior.evaluate(name).format() for name in asked] == told
    assert [int(inferior.evaluate(name)) for name in NAMES] == [5, 44, 5, 7, 12, 8, 2]
    assert int(inferior.evaluate("same")) == 70
    assert int(inferior.frame.caller["same"]) == 8


def test_a_static_of_an_inlined_function_is_a_local(launch: Callable[..., Inferior]) -> None:
    inferior = launch([_program("-O2")])
    inferior.set_breakpoint("app::Counter::next")
    inferior.resume()
    assert inferior.frame.function == "app::Counter::next"
    assert int(inferior.frame["calls"]) == 2


def test_they_are_written_and_watched(launch: Callable[..., Inferior]) -> None:
    inferior = launch([_program("-O0")])
    inferior.set_breakpoint("other")
    inferior.resume()
    inferior.evaluate("same = 100")
    inferior.set_watchpoint("same")
    stop = inferior.resume()
    assert isinstance(stop, WatchpointHit)
    assert int(inferior.evaluate("same")) == 101
