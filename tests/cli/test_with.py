"""`with`: a setting for one command, as before when that ends, whatever it does."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from tests.support import gdb, programs

from trapline import Inferior
from trapline.cli.render import Renderer
from trapline.cli.session import Session
from trapline.cli.settings import DECLARATIONS


def _said(*lines: str, inferior: Inferior | None = None) -> list[str]:
    """Return what lines print, errors among it."""
    out = StringIO()
    session = Session(inferior, Renderer(out, out))
    for line in lines:
        session.execute(line)
    return out.getvalue().splitlines()


def test_the_radix_is_put_back_as_it_was() -> None:
    """`radix` is two settings: each gets its own value again, and nothing is told of it."""
    assert _said("set output-radix 16", "with radix 8 -- print 10", "print 10")[1:] == [
        "$1 = 010",
        "$2 = 0xa",
    ]
    assert _said("set input-radix 16", "with radix 8 -- print 10", "print 10")[1:] == ["$1 = 010", "$2 = 16"]
    assert _said("with input-radix 16 -- print 10", "print 10") == ["$1 = 16", "$2 = 10"]


def test_without_a_command_it_is_the_one_before() -> None:
    """Once more, and again; around `with` itself too; nothing before, or the program's start, is refused."""
    again = ("print 10", "with output-radix 16", "with output-radix 8 --")
    assert _said(*again) == ["$1 = 10", "$2 = 0xa", "$3 = 012"]
    nested = ("with output-radix 16 -- print 10", "with input-radix 8")
    assert _said(*nested) == ["$1 = 0xa", "$2 = 0x8"]
    (refused,) = _said("with output-radix 16")
    assert refused.startswith("No previous command to relaunch; usage: with ")


def test_the_start_of_the_program_is_not_done_once_more(launch: Callable[..., Inferior]) -> None:
    said = _said("start", "with output-radix 16", inferior=launch(programs.build("expressions.c")))
    assert said[-1].startswith("No previous command to relaunch")


_LINES = (
    "set output-radix 16",
    "with output-radix 10 -- print 10",
    "print 10",
    "with print elements 3 -- with print elements 4 -- print text",
    "print text",
    "with print elements 3 -- print nosuch",
    "print text",
    "with print elements 3 -- set listsize 5",
    "with print elements 3 -- with print repeats 2 -- output text",
)


def test_what_gdb_prints(launch: Callable[..., Inferior]) -> None:
    """Nested, with an error in the command, and around a command that sets something else."""
    program = programs.build("expressions.c")
    lines = [line.replace("text", "argv[0][0]@8") for line in _LINES]
    script = f"""
run("break main")
run("run")
for line in {lines!r}:
    try:
        emit(run(line))
    except gdb.error as error:
        emit(str(error))
"""
    theirs = gdb.ask(program, script)
    inferior = launch(program)
    inferior.set_breakpoint("main")
    inferior.resume()
    ours = _said(*lines, inferior=inferior)
    assert ours[1:] == [line for text in theirs[1:] for line in text.splitlines()]


def test_only_that_setting_is_put_back() -> None:
    assert _said("with print elements 3 -- set listsize 5", "show listsize")[0].startswith("listsize is 5.")
    assert _said("with listsize 3 -- set listsize 5", "show listsize")[0].startswith("listsize is 10.")


def test_what_a_setting_does_at_once_is_undone(launch: Callable[..., Inferior]) -> None:
    """Whom a fork is followed to, and whether addresses are random."""
    inferior = launch(programs.build("twelve.c"))
    session = Session(inferior, Renderer(StringIO(), StringIO()))
    seen = []
    session.python_names["note"] = lambda: seen.append((inferior.follow_fork, session.launching.aslr))
    session.execute("with follow-fork-mode child -- python note()")
    session.execute("with disable-randomization off -- python note()")
    session.execute("with disable-randomization off -- no such command")
    session.execute("python note()")
    assert seen == [("child", False), ("parent", True), ("parent", False)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("with", "with needs SETTING; usage: with SETTING..."),
        ("with listsize 3", "No previous command to relaunch; usage: with SETTING VALUE -- COMMAND"),
        ("with listsize 3 --", "No previous command to relaunch; usage: with SETTING VALUE -- COMMAND"),
        ("with nosuch 3 -- print 1", "no setting 'nosuch 3'; `show` lists them"),
        ("with listsize x -- print 1", "set listsize: a number or `unlimited` expected, not 'x'"),
        ("with listsize 3 -- nosuch", "unknown command 'nosuch'; `help` lists the commands"),
    ],
)
def test_mistakes(line: str, said: str) -> None:
    assert _said(line, "show listsize") == [said, *_said("show listsize")]


def test_every_setting_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each setting that has another value to take has its own again, and what it sets besides as well."""
    monkeypatch.chdir(tmp_path)  # where the log is
    session = Session(None, Renderer(StringIO(), StringIO()))
    for one in DECLARATIONS:
        before = {each.name: session.settings.shown(each) for each in session.settings}
        other = next((text for text in one.kind.choices if text != before[one.name]), "3")
        session.execute(f"with {one.name} {other} -- show {one.name}")
        assert {each.name: session.settings.shown(each) for each in session.settings} == before, one.name
