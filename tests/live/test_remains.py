"""After the end of the process its files can still be read, as gdb reads them."""

from __future__ import annotations

import shutil
import subprocess
import sys
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


def test_the_next_run_knows_how_the_last_one_ended(launch: Callable[..., Any]) -> None:
    """`$_exitcode` stays until another run has ended, as in gdb; a run that we end ourselves has none."""
    inferior = launch(["/bin/sh", "-c", "exit 3"])
    inferior.run()
    for _ in range(2):
        inferior.restart()
        assert int(inferior.evaluate("$_exitcode")) == 3
        assert str(inferior.evaluate("$_exitsignal")) == "void"
        assert inferior.exit_status is None


def test_memory_and_code_of_the_files(ended: Inferior) -> None:
    """As the program began; what no file holds is refused, and nothing can be written."""
    counter = ended.evaluate("counter").address
    assert counter is not None
    memory = ended.file_memory
    assert memory.read_integer(counter, 4) == 7
    assert memory.read(int(ended.evaluate("&zeros")), 8) == bytes(8)
    code = ended.disassemble("main", 3, flavor="att")
    assert code[0].address == ended.symbol("main").address and "push" in code[0].text
    for access in (lambda: memory.read(0, 1), lambda: memory.write(counter, b"\1")):
        with pytest.raises(trapline.MemoryFault):
            access()
    with pytest.raises(trapline.InferiorExited):
        ended.memory.read(counter, 4)


@pytest.mark.skipif(shutil.which("gdb") is None, reason="gdb is the judge")
def test_x_and_disassemble_beside_gdb() -> None:
    program = programs.build("ended.cpp")
    commands = ["x/2dw &counter", "x/2i main", "x/4xb zeros", "disassemble main", "x/2x 8", "display counter"]
    found = []
    for debugger in (["gdb", "-q", "-nx", "-batch"], [sys.executable, "-m", "trapline", "--batch"]):
        words = [word for one in commands for word in ("-ex", f"echo @\\n{one}\\n", "-ex", one)]
        before = ["-ex", "set disassembly-flavor intel", "-ex", "run"]
        done = subprocess.run(
            [*debugger, *before, *words, program],
            capture_output=True,
            text=True,
            timeout=100,
            errors="replace",
        )
        found.append([one.split("\n", 1)[1].split() for one in done.stdout.split("@\n")[1:]])
    theirs, ours = found
    for number in (0, 2):  # gdb leaves names in memory mangled
        assert ours[number][2:] == theirs[number][2:] and ours[number][0] == theirs[number][0]
    assert (ours[1][0], ours[1][2:3]) == (theirs[1][0], theirs[1][2:3])
    assert ours[3][:3] == theirs[3][:3]
    assert ours[5][:4] == ["1:", "counter", "=", "7"]  # gdb shows it at the next stop
