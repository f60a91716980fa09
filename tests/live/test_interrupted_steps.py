"""interrupt() in the midst of a step by lines, which runs and stops many times."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from tests.support import programs

import trapline


def test_a_step_that_never_ends_is_interrupted(launch: Callable[..., Any]) -> None:
    """The line loops without a call, so the step is a run of single instructions."""
    inferior = launch([programs.build("spin.c", "-DNO_CALL")], stdout=trapline.DEVNULL)
    inferior.set_breakpoint(f"spin.c:{programs.mark('spin.c', 'tight')}", temporary=True)
    assert isinstance(inferior.resume(), trapline.BreakpointHit)
    for number in range(8):
        asked: list[bool] = []
        # From another thread, at whatever moment of the step it comes.
        timer = threading.Timer(0.01 + 0.003 * number, lambda: asked.append(inferior.interrupt()))  # noqa: B023
        timer.start()
        stop = inferior.next(timeout=30)
        timer.join()
        assert isinstance(stop, trapline.Interrupted) and asked == [True]
    assert int(inferior.frame["counter"]) > 8
    assert inferior.interrupt() is False
