"""Every command, written wrongly and in the wrong state: one clear line each, never a traceback."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Sequence
from types import FrameType

import pytest
from tests.cli import mistakes
from tests.cli.terminal import TRAPLINE, batch, environment, ex
from tests.support import programs

import trapline
from trapline.cli import registry

_NONSENSE = (
    "@nonsense!",
    "$nosuch",
    "((",
    "-",
    "0x",
    "99999999999999999999",
    "1 2 3 4 5 6 7",
    "'",
    '"',
    "\x1b[31m",
    "\udcff\udcfe",  # bytes that are no UTF-8
    "a\0b",
)


@pytest.mark.parametrize("before", [[], ["break add", "run"]])
def test_a_megabyte_in_a_line(before: list[str]) -> None:
    """No name, no expression and no pattern is that long: each answer is a line that can be read."""
    much = (1 << 20) * "x"
    lines = [
        much,
        *(
            f"{name} {much}"
            for name in ("print", "break", "list", "info line", "x", "set", "ptype", "help", "find")
        ),
        "print " + "1+" * (1 << 19) + "1",
        "print " + "(" * (1 << 20),
        "info functions " + "(" * (1 << 16),
        "ptype " + "struct " * (1 << 17),
        "thread apply all " + "thread apply all " * (1 << 16),
        "set listsize " + "9" * (1 << 20),
    ]
    done = batch("-q", *ex(*before), programs.build("expressions.c"), lines="\n".join([*lines, "print 42"]))
    assert done.stdout.splitlines()[-1].endswith(" = 42")
    complaints = done.stderr.splitlines()
    assert len(complaints) == len(lines), complaints
    assert max(map(len, complaints)) < 4000


def test_patterns_that_are_none() -> None:
    """Whoever takes a regular expression says what is wrong with it, whatever Python raises."""
    taking = [one.name for one in registry.commands() if "REGEX" in one.usage]
    lines = [f"{name} {text}" for name in taking for text in ("(", "x{99999999999}")]
    lines += [f"info {kind} -t x{{99999999999}} y" for kind in ("functions", "variables")]
    assert len(taking) >= 8
    program = programs.build("hits.c")
    done = batch("-q", *ex("break one", "run"), program, "5", lines="\n".join(lines))
    complaints = done.stderr.splitlines()
    assert len(complaints) == len(lines)
    assert all("is no regular expression: " in said for said in complaints), complaints


def test_bytes_that_are_no_text_where_python_is_strict() -> None:
    """What a locale makes of standard input is not asked."""
    done = subprocess.run(
        [*TRAPLINE, "-q", programs.build("twelve.c")],
        input=b"print \xff\n\xfe\necho \xfd\\n\nprint 42\n",
        capture_output=True,
        env=environment(PYTHONUTF8="0", PYTHONIOENCODING="utf-8:strict"),
        timeout=60,
    )
    assert done.stdout.splitlines() == [b"\\xfd", b"$1 = 42"]
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize("state", mistakes.STATES, ids=lambda state: state.__name__)
def test_every_command(state: Callable[[Sequence[str]], str]) -> None:
    """With nothing, nonsense and far too much behind it, in each state that a program can be in."""
    assert not state(mistakes.lines(_NONSENSE))


@pytest.mark.parametrize(
    "line",
    [
        "run",
        "start",
        "starti",
        "continue",
        "until @",
        "advance nosuch",
        "jump @",
        "signal @",
        "step @",
        "next 1 2",
        "stepi ((",
        "nexti $nosuch",
        "return ((",
        "continue '",
        "step -1",
        "next 0",
        "finish @",
    ],
)
def test_what_goes_on(line: str) -> None:
    """Going on in each state: from a stop, and when the program is gone."""
    for before in ([], ["-ex", "break main"], ["-ex", "run"]):
        assert not mistakes.play([line, line], "-q", *before, programs.build("twelve.c"))


def test_one_line_each() -> None:
    """A mistake is one line on standard error, nothing on standard output, and exit status 1 of --batch."""
    for line in (
        "foo",
        "info",
        "info foo",
        "break *",
        "print (",
        "x/q 1",
        "delete 7",
        "frame 99",
        "up 99 99",
        "handle",
        "handle SIGFOO stop",
        "ignore 1",
        "thread 9",
        "set",
        "memory read",
        "source /nonexistent",
        "register read nosuch",
        "symbol nosuch",
        "attach 0",
        "help nosuch",
        "catch nosuch",
    ):
        done = batch("--batch", "-ex", line, programs.build("twelve.c"))
        assert (done.stdout, done.returncode) == ("", 1), line
        assert len(done.stderr.splitlines()) == 1, (line, done.stderr)


@pytest.mark.parametrize("line", ["info functions", "info variables", "rbreak"])
def test_an_expression_that_goes_back_and_forth_ends_with_control_c(line: str) -> None:
    """A regular expression that would take longer than anybody lives is left by Ctrl-C, with one line."""
    from io import StringIO

    from trapline.cli.render import Renderer
    from trapline.cli.session import Session

    errors = StringIO()

    # The kernel's alarm does what Ctrl-C does: a thread of ours would wait for the search itself.
    # It is heard once the command runs, however late that is.
    def control_c(number: int, frame: FrameType | None) -> None:
        while frame is not None:
            if frame.f_code is Session.run.__code__:
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.default_int_handler(number, frame)
            frame = frame.f_back

    before = signal.signal(signal.SIGALRM, control_c)
    with trapline.launch(programs.build("named.cpp")) as inferior:
        session = Session(inferior, Renderer(StringIO(), errors))
        session.execute(f"{line} xyzzy")  # reads what there is to be searched
        signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)
        try:
            assert not session.execute(f"{line} (\\w|\\w\\w|:|<|>| |,)+[$]")
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        assert errors.getvalue().splitlines()[-1] == "Quit"
        assert not session.execute("info functions (")
        assert int(session.evaluate("1 + 1")) == 2
