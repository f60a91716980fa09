"""Watchpoints that one instruction changes, that end with one frame, and breakpoints where they stop."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support import programs
from tests.support.stops import at_mark

import trapline

_SOURCE = "watched_parts.c"


def _line(mark: str, behind: int = 0) -> str:
    return f"{_SOURCE}:{programs.mark(_SOURCE, mark) + behind}"


@pytest.mark.parametrize("hardware", [(None, None), (None, False), (False, None), (False, False)])
def test_one_write_that_changes_two(launch: Any, hardware: tuple[bool | None, bool | None]) -> None:
    """Both are told in one stop, by number, each with its values; both count."""
    inferior = at_mark(launch, _SOURCE, "both")
    left = inferior.set_watchpoint("both->left", hardware=hardware[0])
    right = inferior.set_watchpoint("both->right", hardware=hardware[1])
    stop = inferior.resume()
    told = [(one.watchpoint, str(one.old), str(one.new)) for one in stop.changes]
    assert told == [(left, "1", "7"), (right, "2.5", "8.5")]
    assert (stop.watchpoint, str(stop.old), str(stop.new)) == told[0]
    assert (left.hit_count, right.hit_count) == (1, 1)
    assert f"watchpoint {left.id} hit: 1 -> 7; watchpoint {right.id} hit: 2.5 -> 8.5 at" in str(stop)
    assert isinstance(inferior.resume(), trapline.Exited)


def test_only_those_that_ask_for_the_stop(launch: Any) -> None:
    """A condition that is false, an ignore count and a callback's false answer leave one out."""
    inferior = at_mark(launch, _SOURCE, "parts")
    plain = inferior.set_watchpoint("a")
    chosen = inferior.set_watchpoint("a", condition="b == 2")
    asked = inferior.set_watchpoint("a", callback=lambda _, stop: int(stop.new) == 6)
    inferior.set_watchpoint("a").ignore_count = 100
    seen = []
    for _ in range(3):
        stop = inferior.resume()
        seen.append((str(stop.new), [one.watchpoint for one in stop.changes]))
    assert seen == [("4", [plain]), ("6", [plain, chosen, asked]), ("2", [plain])]


@pytest.mark.parametrize("hardware", [None, False])
def test_two_that_end_with_one_frame(launch: Any, hardware: bool | None) -> None:
    """One stop names both."""
    inferior = at_mark(launch, _SOURCE, "mine")
    inferior.set_breakpoint("depth", condition="n == 0")
    inferior.resume()
    ending = tuple(inferior.set_watchpoint(name, hardware=hardware) for name in ("mine", "n"))
    stops = []
    while not stops or not isinstance(stops[-1], trapline.WatchpointEnded):
        stops.append(inferior.resume())
    end = stops[-1]
    assert (end.ended_watchpoints, end.watchpoint) == (ending, ending[0])
    numbers = ", ".join(str(one.id) for one in ending)
    assert str(end).startswith(f"watchpoints {numbers} deleted, the block of their expressions is left at")
    assert inferior.watchpoints == ()


def test_an_end_where_a_step_ends(launch: Any) -> None:
    """`finish` gives its result, and what has ended there."""
    inferior = at_mark(launch, _SOURCE, "mine")
    inferior.set_breakpoint(_line("leaves", -3))
    watch = inferior.set_watchpoint("n")
    stop = inferior.finish()
    assert isinstance(stop, trapline.FunctionFinished)
    assert (int(stop.value), stop.ended_watchpoints) == (33, (watch,))
    assert inferior.resume().ended_watchpoints == ()


def test_an_end_where_a_breakpoint_is(launch: Any) -> None:
    """It is a hit of that, and what has ended there."""
    inferior = at_mark(launch, _SOURCE, "mine")
    back = inferior.thread.frames()[1].pc
    watch = inferior.set_watchpoint("n")
    point = inferior.set_breakpoint(back)
    stop = inferior.resume()
    assert isinstance(stop, trapline.BreakpointHit)
    assert (stop.breakpoints, stop.ended_watchpoints) == ((point,), (watch,))


@pytest.mark.parametrize("hardware", [None, False])
def test_a_breakpoint_where_a_watchpoint_stops(launch: Any, hardware: bool | None) -> None:
    """The line behind the write begins where the watchpoint stops: both are hit, once."""
    inferior = at_mark(launch, _SOURCE, "parts")
    watch = inferior.set_watchpoint("a", hardware=hardware)
    point = inferior.set_breakpoint(_line("parts", 1))
    other = inferior.set_breakpoint(_line("parts", 3), condition="a == 5")
    stop = inferior.resume()
    assert isinstance(stop, trapline.WatchpointHit)
    assert (stop.watchpoint, stop.breakpoints) == (watch, (point,))
    assert f"watchpoint {watch.id} hit: 0 -> 4; breakpoint {point.id} hit at" in str(stop)
    again = inferior.resume()
    assert isinstance(again, trapline.WatchpointHit)
    assert (str(again.new), again.breakpoints) == ("6", ())
    assert (point.hit_count, other.hit_count, watch.hit_count) == (1, 0, 2)


def test_run_hears_of_a_breakpoint_where_a_watchpoint_stops(launch: Any) -> None:
    """The callback's true answer stops it; a false one is a hit all the same."""
    inferior = at_mark(launch, _SOURCE, "parts")
    inferior.set_watchpoint("a")
    point = inferior.set_breakpoint(_line("parts", 1))
    seen = []
    with pytest.raises(trapline.StoppedEarly) as early:
        inferior.run(lambda _, breakpoint: seen.append(breakpoint) or True)
    assert seen == [point]
    assert early.value.stop.breakpoints == (point,)
    inferior.run()
    assert point.hit_count == 1


def test_a_step_over_a_write_that_is_no_hit(launch: Any) -> None:
    """It runs one instruction, whatever a watchpoint's condition says, and meets a breakpoint there."""
    inferior = at_mark(launch, _SOURCE, "parts")
    lines = [inferior.step_instruction().frame.location.line for _ in range(2)]
    inferior.restart()
    inferior.set_breakpoint(_line("parts"), temporary=True)
    inferior.resume()
    watch = inferior.set_watchpoint("a", condition="b == 77")
    assert [inferior.step_instruction().frame.location.line for _ in range(2)] == lines
    point = inferior.set_breakpoint(_line("parts", 3))
    inferior.set_watchpoint("$rbx", hardware=False)
    stop = inferior.resume()
    assert isinstance(stop, trapline.BreakpointHit)
    assert (stop.breakpoints, point.hit_count, watch.hit_count) == ((point,), 1, 0)
