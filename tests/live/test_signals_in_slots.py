"""Displaced instructions: what a thread in a slot lives through, and where no slot can be had."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support import programs

import trapline


def instructions_of(inferior: Any, function: str) -> list[int]:
    """Return the load addresses of a function's instructions, up to its first `ret`."""
    lines = inferior.disassemble(function, 12)
    end = next(index for index, line in enumerate(lines) if line.text.startswith("ret"))
    return [line.address for line in lines[: end + 1]]


@pytest.mark.parametrize("microseconds", [50, 400])
def test_an_interval_timer_beside_hits(launch: Any, microseconds: int) -> None:
    """Rule 1: hits == calls at every instruction of a function, and no handler ever sees a slot's address."""
    inferior = launch([programs.build("timer.c"), str(microseconds), "1500"], stdout=trapline.PIPE)
    inferior.advance("main")
    points = [inferior.set_breakpoint(address) for address in instructions_of(inferior, "hot")]
    assert len(points) >= 4
    assert inferior.run(lambda *_: None, timeout=60).code == 0
    assert inferior.stdout.read() == b"calls 1500 ticked 1 strange 0\n"
    assert [point.hit_count for point in points] == [1500] * len(points)
    assert inferior.inline_steps == 0


def test_reported_stops_beside_an_interval_timer(launch: Any) -> None:
    """Rule 1: the same with every hit reported: resume() passes the trap, signals and all."""
    inferior = launch([programs.build("timer.c"), "50", "300"], stdout=trapline.PIPE)
    hot = inferior.set_breakpoint("hot")
    for number in range(300):
        stop = inferior.resume(timeout=20)
        assert (isinstance(stop, trapline.BreakpointHit), hot.hit_count) == (True, number + 1)
    assert inferior.resume(timeout=20).status.code == 0
    assert inferior.stdout.read() == b"calls 300 ticked 1 strange 0\n"


def test_stepping_beside_an_interval_timer(launch: Any) -> None:
    """Rule 1: single steps through the function while the timer rings: one call is one hit, none is lost."""
    inferior = launch([programs.build("timer.c"), "200", "40"], stdout=trapline.PIPE)
    hot = inferior.set_breakpoint("hot")
    while True:
        stop = inferior.resume(timeout=20)
        if isinstance(stop, trapline.Exited):
            break
        for _ in range(3):
            inferior.step_instruction(timeout=20)
    assert hot.hit_count == 40
    assert inferior.stdout.read() == b"calls 40 ticked 1 strange 0\n"
