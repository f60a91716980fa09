"""Lists of numbers mean the same in every command that takes them."""

from __future__ import annotations

import pytest
from tests.cli.terminal import batch, ex
from tests.support import programs


def _left(*commands: str) -> tuple[list[str], list[str]]:
    """Return the numbers that a table still has after some commands, and what went to standard error."""
    done = batch("--batch", *ex(*commands), programs.build("twelve.c"))
    assert "Traceback" not in done.stderr
    rows = [line.split()[0].rstrip(":") for line in done.stdout.splitlines() if line[:1].isdigit()]
    return rows, done.stderr.splitlines()


@pytest.mark.parametrize(
    ("text", "left"),
    [("2-4", ["1", "5"]), ("1 3-4", ["2", "5"]), ("$three", ["1", "2", "4", "5"]), ("$three-5", ["1", "2"])],
)
@pytest.mark.parametrize(
    ("make", "drop", "table"),
    [
        ("break main", "delete", "info breakpoints"),
        ("display 1", "undisplay", "info display"),
        ("skip main", "skip delete", "info skip"),
    ],
)
def test_lists(make: str, drop: str, table: str, text: str, left: list[str]) -> None:
    """Numbers, ranges, variables."""
    rows, errors = _left("set $three = 3", *[make] * 5, f"{drop} {text}", table)
    assert errors == []
    assert [row for row in rows if len(row) == 1][-len(left) :] == left


@pytest.mark.parametrize("drop", ["delete", "undisplay", "skip delete", "thread apply"])
@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("x", "'x' is no number"),
        ("3-1", "3-1: the range is inverted"),
        ("1-", "'' is no number"),
        ("$nothing", "$nothing holds no number"),
        ("99999999999", "'99999999999' is no number"),
    ],
)
def test_what_is_none(drop: str, text: str, error: str) -> None:
    """One line says what is wrong."""
    rows, errors = _left(f"{drop} {text}{' echo' if drop == 'thread apply' else ''}")
    assert errors == [error]
    assert rows == []


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("thread", "[Current thread is 2.1 (Thread "),
        ("thread 1", "[Switching to thread 2.1 (Thread "),
        ("thread 2.1", "[Switching to thread 2.1 (Thread "),
        ("thread $_inferior.$_thread", "[Switching to thread 2.1 (Thread "),
        ("thread 1.1", "no thread 1.1; `info threads` lists them"),
        ("thread 2.7", "no thread 2.7; `info threads` lists them"),
        ("thread 2.x", "'x' is no number"),
        ("info threads", "* 2.1 "),
        ("info threads 2.*", "* 2.1 "),
        ("info threads 1.1", "No threads match '1.1'."),
        ("info threads x.1", "'x.1' is no thread: 'x' is no number"),
        ("thread apply 2.* print 6", "Thread 2.1 (Thread "),
        ("thread apply 2.1-2 print 6", "warning: Unknown thread 2.2"),
        ("thread apply 1 2.1 print 6", "Thread 2.1 (Thread "),
        ("thread apply 1.1 print 6", "no thread 1.1; `info threads` lists them"),
        ("break main thread 2.1", "Breakpoint 2 at "),
    ],
)
def test_threads_of_a_second_process(command: str, said: str) -> None:
    """Behind a fork that was followed to its child threads are told, and may be named, with their process."""
    run = ("set follow-fork-mode child", "break in_child", "run", command)
    done = batch("--batch", *ex(*run), "--args", programs.build("forks.c"), "fork")
    assert 'Thread 2.1 "forks" hit Breakpoint 1, in_child () at ' in done.stdout
    lines = (done.stdout + done.stderr).splitlines()
    assert [line for line in lines if line.startswith(said)]


@pytest.mark.parametrize("end", ["kill", "detach"])
def test_the_end_of_processes_by_their_numbers(end: str) -> None:
    """`kill inferiors` and `detach inferiors`; what has ended, or never was, is warned of."""
    run = ("set follow-fork-mode child", "break in_child", "run")
    commands = (f"{end} inferiors 1 7", "info inferiors", f"{end} inferiors 2", "info inferiors")
    done = batch("--batch", *ex(*run, *commands), "--args", programs.build("forks.c"), "fork")
    assert done.stderr.splitlines()[0] == "warning: Inferior ID 1 is not running, ID 7 not known."
    states = [line.split()[2] for line in done.stdout.splitlines() if line.startswith("* 2 ")]
    assert states == ["process", "<null>"]
    assert ("[Inferior 2 (process " in done.stdout) == (end == "detach")
