"""interrupt() in the midst of a step by lines, which runs and stops many times."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from tests.support import processes, programs

import trapline


def test_a_step_that_never_ends_is_interrupted(launch: Callable[..., Any]) -> None:
    """The line loops without a call, so the step is a run of single instructions."""
    inferior = launch([programs.build("spin.c", "-DNO_CALL")], stdout=trapline.DEVNULL)
    inferior.set_breakpoint(f"spin.c:{programs.mark('spin.c', 'tight')}", temporary=True)
    assert isinstance(inferior.resume(), trapline.BreakpointHit)
    pid, counter = inferior.pid, inferior.symbol("counter").address
    asked: list[bool] = []

    def interrupt(turns: int) -> None:
        """Ask for it amid the step, from another thread, at whatever moment of a turn it comes."""
        for _ in range(turns):
            processes.wait_changed(pid, counter, 8)
        asked.append(inferior.interrupt())

    for number in range(1, 9):
        asker = threading.Thread(target=interrupt, args=(number,))
        asker.start()
        stop = inferior.next(timeout=30)
        asker.join()
        assert isinstance(stop, trapline.Interrupted)
    assert asked == [True] * 8
    assert int(inferior.frame["counter"]) > 8
    assert inferior.interrupt() is False
