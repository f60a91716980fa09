"""Handles belong to a process: they cannot be pickled or copied, and say so; facts can."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from tests.support import programs

import trapline


def _raised(call: Callable[[], object]) -> BaseException:
    with pytest.raises(trapline.DebuggerError) as caught:
        call()
    return caught.value


@pytest.fixture
def stopped(launch: Any) -> Any:
    inferior = launch(programs.build("twelve.c"), stdin=trapline.PIPE, stdout=trapline.PIPE)
    inferior.set_breakpoint("twice")
    inferior.resume()
    return inferior


def test_handles_do_not_pickle(stopped: Any) -> None:
    """One TypeError for all, from `pickle` and from `copy`, which says what can be pickled."""
    frame = stopped.frame
    caller = frame.caller
    handles = [
        stopped,
        stopped.breakpoints[0],
        stopped.set_watchpoint(stopped.thread.registers.rsp, length=8),
        stopped.set_catchpoint("exit"),
        stopped.stop,
        stopped.thread,
        stopped.thread.frames(),
        stopped.thread.registers,
        stopped.modules[0],
        stopped.memory,
        stopped.stdin,
        stopped.stdout,
        stopped.skip("malloc"),
        frame,
        frame.arguments,
        frame.locals,
        caller.registers,
        frame["n"],
        frame["n"].type,
        stopped.evaluate("main").type,
        trapline.StoppedEarly(stopped.stop),
    ]
    for handle in handles:
        for way in (pickle.dumps, copy.deepcopy):
            with pytest.raises(TypeError, match=r"^an? \w+ cannot be pickled: it belongs to a process; "):
                way(handle)
        if not isinstance(handle, trapline.Value):  # a Value does not change
            with pytest.raises(TypeError, match=f" {type(handle).__name__} cannot be pickled"):
                copy.copy(handle)


def test_facts_pickle(stopped: Any) -> None:
    """What only says something does, in another Python as well."""
    for fact in (
        stopped.mappings,
        stopped.symbol("main"),
        stopped.frame.location,
        stopped.breakpoints[0].locations,
        stopped.frame["n"].to_python(),
        stopped.run(lambda inferior, point: False),
    ):
        assert pickle.loads(pickle.dumps(fact)) == fact


def test_errors_pickle(stopped: Any) -> None:
    """All that carry no handle, with their text and their fields."""
    for error in (
        _raised(lambda: stopped.memory.read(0, 1)),
        _raised(lambda: stopped.memory.read(0, -1)),
        _raised(lambda: stopped.symbol("nowhere")),
        _raised(lambda: stopped.frame["nowhere"]),
        _raised(lambda: stopped.evaluate("1 +")),
        _raised(lambda: stopped.thread.registers.nowhere),
        _raised(lambda: trapline.launch("/nowhere")),
        trapline.ThreadGone(5),
        trapline.BadData("what", file="file", section=".section", offset=5),
        trapline.ValueUnavailable("why"),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), again.__dict__) == (type(error), str(error), error.__dict__)
