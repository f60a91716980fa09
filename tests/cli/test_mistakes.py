"""Every command, written wrongly and in the wrong state: one clear line each, never a traceback."""

from __future__ import annotations

import signal
import subprocess

import pytest
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
_LEAVING = ("quit", "kill", "detach")
"""What ends the session's process when it is written rightly."""


_BLOCKS = ("python", "commands")
"""What takes the lines behind it when nothing stands beside it."""
_WRITING = ("save breakpoints",)
"""What takes any text for the name of a file."""
_SHELL = ("shell", "make", "pipe")
"""What the shell says of nonsense is its own."""


def _lines() -> list[str]:
    """Return every command with nothing, nonsense and far too much behind it."""
    found = []
    for one in registry.commands():
        if one.name in (*_SHELL, *_WRITING):
            continue
        found += [f"{one.name} {text}" for text in _NONSENSE]
        if one.name not in (*_LEAVING, *_BLOCKS):
            found.append(one.name)
        if one.formats:
            found += [f"{one.name}/{form} 1" for form in ("q", "99999999999x", "0x", "-1x", "xx", "/")]
        found.append(f"{one.name}/x 1")
    return found


def _play(lines: list[str], *words: str) -> str:
    """Run lines with a mark behind each on both streams, and return what went wrong; "" when all is well."""
    mark = "python import sys; print('== {0}'); print('== {0}', file=sys.stderr)"
    done = batch(*words, lines="".join(f"{line}\n{mark.format(at)}\n" for at, line in enumerate(lines)))
    wrong = []
    if "\x1b" in done.stdout + done.stderr:
        wrong.append("an escape sequence reached the output")
    complaints = done.stderr.split("== ")
    if done.stdout.count("== ") < len(lines) or len(complaints) <= len(lines):
        wrong.append(f"it ended behind {done.stdout[-300:]!r} {done.stderr[-300:]!r}")
    for line, text in zip(lines, complaints, strict=False):
        # The first line is the number of the mark before.
        said = text.splitlines()[1:] if text[:1].isdigit() else text.splitlines()
        if len(said) > 1:
            wrong.append(f"{line!r} took {len(said)} lines: {text}")
    return "\n".join(wrong)


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


def test_without_a_program() -> None:
    assert not _play(_lines(), "-q")


def test_while_stopped() -> None:
    program = programs.build("hits.c")
    # What lets the program go on is asked in other tests; here it would end the state being tested.
    going = {"run", "start", "starti", "continue", "signal", "jump", "until", "advance", "finish", "source"}
    lines = [line for line in _lines() if line.split()[0].split("/")[0] not in going]
    assert not _play(lines, "-q", "-ex", "break one", "-ex", "run", program, "5")


def test_while_it_runs() -> None:
    """From Python a program can be left running: what needs a stop says so, and the rest works."""
    ending = ("run", "start", "starti", "kill", "detach", "quit", "attach", "python", "source")
    lines = [line for line in _lines() if line.split()[0].split("/")[0] not in ending]
    before = ["python inferior.resume_nowait()"]
    after = ["python inferior.state", "python inferior.interrupt()", "python inferior.wait(30)"]
    assert not _play([*before, *lines, *after], "-q", programs.build("spin.c"))


def test_after_the_exit() -> None:
    lines = [line for line in _lines() if line.split()[0] not in ("run", "start", "starti")]
    assert not _play(lines, "-q", "-ex", "run", programs.build("twelve.c"))


@pytest.mark.parametrize(
    "line", ["run", "start", "starti", "continue", "until @", "advance nosuch", "jump @", "signal @"]
)
def test_what_goes_on(line: str) -> None:
    """Going on in each state: from a stop, and when the program is gone."""
    for before in ([], ["-ex", "break main"], ["-ex", "run"]):
        assert not _play([line, line], "-q", *before, programs.build("twelve.c"))


def test_one_line_each() -> None:
    """A mistake is one line on standard error, nothing on standard output, and exit status 1 of --batch."""
    for line in (
        "foo",
        "info",
        "info foo",
        "break @",
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
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    with trapline.launch(programs.build("named.cpp")) as inferior:
        session = Session(inferior, Renderer(StringIO(), errors))
        session.execute(f"{line} xyzzy")  # reads what there is to be searched
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        try:
            assert not session.execute(f"{line} (\\w|\\w\\w|:|<|>| |,)+[$]")
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        assert errors.getvalue().splitlines()[-1] == "Quit"
        assert not session.execute("info functions (")
        assert int(session.evaluate("1 + 1")) == 2
