"""`next` over an `.await` of Rust: it stays in the future that it began in, whoever polls that again."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support import programs
from tests.support.stops import at_mark, line

import trapline

SOURCE = "steps_tasks.rs"
EDITION = "--edition=2021"
FLAGS = [(EDITION,), (EDITION, "-Copt-level=1")]


def _marks(*names: str) -> list[int]:
    return [programs.mark(SOURCE, name) for name in names]


def _lines(inferior: Any, last: str, verb: str = "next") -> list[int]:
    """Return the lines up to a marked one, each once in a row; the frames are all in the source."""
    found = [line(inferior)]
    while found[-1] != programs.mark(SOURCE, last):
        assert isinstance(getattr(inferior, verb)(timeout=30), trapline.StepFinished)
        assert inferior.frame.location.path.endswith(SOURCE)
        if line(inferior) != found[-1]:
            found.append(line(inferior))
    return found


@pytest.mark.parametrize("arguments", [(), ("threads",)], ids=["one thread", "a thread each"])
@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
def test_in_the_same_future(launch: Any, flags: tuple[str, ...], arguments: tuple[str, ...]) -> None:
    """The other task runs the same lines meanwhile and is not seen; a thread each is no matter."""
    inferior = at_mark(launch, SOURCE, "first", *flags, arguments=arguments)
    first = inferior.thread.tid
    assert _lines(inferior, "logged_second") == _marks("first", "logged", "second", "logged_second")
    assert (inferior.thread.tid != first) == bool(arguments)
    if flags == (EDITION,):
        assert int(inferior.frame["id"]) == 1
    assert inferior.run().code == 0


def test_out_of_an_awaited_one(launch: Any) -> None:
    """A future that is ready leads to the one that awaited it, which then is the step's."""
    inferior = at_mark(launch, SOURCE, "read", EDITION)
    lines = _lines(inferior, "logged_second")
    wanted = _marks("read", "read_second", "read_sum", "text_made", "logged", "second", "logged_second")
    assert [one for one in lines if one in wanted] == wanted
    between = set(lines) - set(wanted)
    assert between <= {_marks("read_sum")[0] + 1, _marks("text_made")[0] + 1}


def test_a_breakpoint_of_another_future_ends_it(launch: Any) -> None:
    """A stop that the step did not cause is itself."""
    inferior = at_mark(launch, SOURCE, "first", EDITION)
    inferior.set_breakpoint(f"{SOURCE}:{programs.mark(SOURCE, 'read')}", condition="n == 2")
    assert _lines(inferior, "first") == _marks("first")
    stop = inferior.next()
    while isinstance(stop, trapline.StepFinished) and line(inferior) == programs.mark(SOURCE, "first"):
        stop = inferior.next()
    assert isinstance(stop, trapline.BreakpointHit)
    assert inferior.frame.function == "steps_tasks::read::{async_fn#0}"


def test_one_that_is_dropped(launch: Any) -> None:
    """Nobody polls it again: the step ends behind what dropped it."""
    inferior = at_mark(launch, SOURCE, "lost", EDITION)
    for _ in range(10):
        assert isinstance(inferior.next(timeout=30), trapline.StepFinished)
        if inferior.frame.function == "steps_tasks::main":
            break
    assert line(inferior) in _marks("dropped", "after_drop")


def test_finish_comes_back_from_one_poll(launch: Any) -> None:
    """As in gdb: what is finished is the poll."""
    inferior = at_mark(launch, SOURCE, "first", EDITION)
    assert isinstance(inferior.finish(), trapline.FunctionFinished)
    assert inferior.frame.function != "steps_tasks::task::{async_fn#0}"
