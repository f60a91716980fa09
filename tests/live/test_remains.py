"""After the end of the process its files can still be read, as gdb reads them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import pytest
from tests.support import gdb, programs

import trapline
from trapline import Inferior

EXPRESSIONS = [
    "counter", "counter + 1", "table", "table[1]@2", "place", "place.y", "zeros[1000]", "constant", "shade",
    "boxed", "space::one", "space::counted::count", "*&counter", "&counter", "sizeof(zeros)",
    "text", "(long)1 << 40", "$_exitcode",
]  # fmt: skip

SCRIPT = """
run("run")
emit([run("print " + text).partition(" = ")[2].strip() for text in {}])
"""


@pytest.fixture
def ended(launch: Callable[..., Inferior]) -> Inferior:
    inferior = launch([programs.build("ended.cpp")], stdout=trapline.DEVNULL)
    inferior.resume()
    return inferior


@pytest.mark.skipif(shutil.which("gdb") is None, reason="gdb is the judge")
@pytest.mark.timeout(120)
def test_variables_are_as_the_files_have_them(ended: Inferior) -> None:
    [theirs] = gdb.ask(programs.build("ended.cpp"), SCRIPT.format(EXPRESSIONS))
    assert dict(zip(EXPRESSIONS, [ended.evaluate(one).format() for one in EXPRESSIONS], strict=True)) == dict(
        zip(EXPRESSIONS, theirs, strict=True)
    )


def test_types_and_places_are_still_known(ended: Inferior) -> None:
    assert int(ended.evaluate("'ended.cpp'::counter")) == 7  # gdb 13 takes no quotes here
    assert int(ended.evaluate("calls::times")) == 5  # gdb takes it in C only
    assert str(ended.type_of("place.x")) == "int"
    assert str(ended.type_of("box<int>")) == "box<int>"
    found = ended.line(ended.symbol("main").address)
    assert found is not None and found.path.endswith("ended.cpp")


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("counter = 1", "Cannot access memory at address 0x"),
        ("calls()", "no process to call"),
        ("calls::nothing", "No symbol"),
        ("main::argc", "No symbol"),
        ("*(int *)8 + 1", "Cannot access memory at address 0x8"),
    ],
)
def test_what_only_a_process_has_is_refused(ended: Inferior, expression: str, error: str) -> None:
    with pytest.raises(trapline.DebuggerError, match=error):
        ended.evaluate(expression)


def test_a_value_of_before_does_not_turn_into_another(launch: Callable[..., Any]) -> None:
    inferior = launch([programs.build("ended.cpp")], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("calls")
    inferior.resume()
    known, unread = inferior.evaluate("counter"), inferior.evaluate("table")
    assert int(known) == 8
    inferior.resume()
    assert int(known) == 8
    with pytest.raises(trapline.DebuggerError):
        unread.to_python()
