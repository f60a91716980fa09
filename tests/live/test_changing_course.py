"""Frames that are left by force, threads that are frozen or alone, signals that are queued."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from tests.support import programs
from tests.support.stops import at_mark, line

import trapline


@pytest.mark.parametrize("flags", [(), ("-O1",)])
def test_return_a_number(launch: Any, flags: tuple[str, ...]) -> None:
    """The caller gets the number, and its registers are as it left them."""
    inferior = launch(programs.build("steps_recursion.c", *flags), stdout=trapline.DEVNULL)
    inferior.advance("main")
    point = inferior.set_breakpoint("fib")
    inferior.resume()
    caller = inferior.thread.frames()[1]
    pc, sp, saved = caller.pc, caller.registers["rsp"], caller.registers["rbx"]
    inferior.force_return(41)
    registers = inferior.thread.registers
    assert (registers.rip, registers.rsp, registers.rbx, registers.eax) == (pc, sp, saved, 41)
    assert inferior.frame.function == "main"
    point.delete()
    inferior.next()
    assert int(inferior.evaluate("depth")) in (0, 1)


def test_return_from_an_outer_frame(launch: Any) -> None:
    """The selected frame is left, with all that it called."""
    inferior = at_mark(launch, "steps_recursion.c", "fib")
    inferior.set_breakpoint("fib", condition="n == 1")
    inferior.resume()
    frames = inferior.thread.frames()
    outermost = next(frame for frame in frames if frame.caller.function == "main")
    inferior.frame = outermost
    inferior.force_return(7)
    assert inferior.frame.function == "main"
    inferior.next()
    assert int(inferior.frame["a"]) == 7


@pytest.mark.parametrize(
    ("function", "value", "seen"),
    [("real", 2.5, 2), ("real", 10, 10), ("pair", None, None), ("nothing", None, None)],
)
def test_return_by_type(launch: Any, function: str, value: Any, seen: int | None) -> None:
    """Numbers are converted to the function's type; without a value there is none."""
    inferior = launch(programs.build("steps_structs.c"))
    inferior.set_breakpoint(function, temporary=True)
    inferior.resume()
    inferior.force_return(value)
    assert inferior.frame.function == "main"
    inferior.next()
    if seen is not None:
        assert int(inferior.evaluate("sink")) == seen
    assert isinstance(inferior.resume(), trapline.Exited)


def test_return_a_structure(launch: Any) -> None:
    """A Value of the function's own type goes to its registers."""
    inferior = launch(programs.build("steps_structs.c"))
    inferior.set_breakpoint("pair", temporary=True)
    inferior.resume()
    inferior.frame["p"]["b"].set(77)
    inferior.force_return(inferior.frame["p"])
    inferior.next()
    assert int(inferior.evaluate("sink")) == 77


@pytest.mark.parametrize(
    ("source", "function", "value", "why"),
    [
        ("steps_structs.c", "nothing", 1, "returns nothing"),
        ("steps_structs.c", "large", 1, "become"),
        ("steps_structs.c", "real", "text", "cannot|text"),
        ("steps_inline.c", "twice", 1, "inlined"),
    ],
)
def test_a_return_that_cannot_be(launch: Any, source: str, function: str, value: Any, why: str) -> None:
    """One line says why, and nothing has changed."""
    inferior = launch(programs.build(source, "-O2"))
    inferior.set_breakpoint(function, temporary=True)
    inferior.resume()
    before = list(inferior.thread.live.words)
    with pytest.raises(trapline.DebuggerError, match=why):
        inferior.force_return(value)
    assert before == list(inferior.thread.live.words)


def test_return_from_a_signal_handler(launch: Any) -> None:
    """What was interrupted goes on."""
    inferior = launch(programs.build("steps_signals.c"))
    inferior.set_breakpoint("on_signal", temporary=True)
    inferior.resume()
    inferior.force_return()
    assert inferior.frame.is_signal_handler_call
    assert inferior.resume().status.code == 1  # it was not counted


# -- threads ---------------------------------------------------------------------------------------


def counts(inferior: Any) -> list[int]:
    """Return how often each of the three threads has counted."""
    return [int(inferior.evaluate(f"counts[{number}]")) for number in range(3)]


def test_a_frozen_thread(launch: Any) -> None:
    """It stays where it is while the others go on, until it is thawed."""
    inferior = at_mark(launch, "steps_threads.c", "wait")
    inferior.next()
    second = inferior.threads[2]
    second.freeze()
    assert (second.is_frozen, inferior.thread.is_frozen) == (True, False)
    before, pc = counts(inferior), second.registers.rip
    with pytest.raises(trapline.StopTimeout):
        inferior.evaluate("going").set(1)
        inferior.set_breakpoint("wait_for", condition="0")
        inferior.frame = inferior.thread.frames()[0]
        inferior.call("wait_for", 1, timeout=0.2)
    while sum(one == other for one, other in zip(before, counts(inferior), strict=True)) > 1:
        with pytest.raises(trapline.StopTimeout):  # who has not had the processor yet
            inferior.call("wait_for", 1, timeout=0.2)
    frozen = [one for one, other in zip(before, counts(inferior), strict=True) if one == other]
    assert len(frozen) == 1
    assert pc == second.registers.rip
    second.thaw()
    assert not second.is_frozen
    assert isinstance(inferior.next(timeout=60), trapline.StepFinished)


def test_the_selected_thread_alone(launch: Any) -> None:
    """With scheduler locking on, nobody else moves; off, all do."""
    inferior = at_mark(launch, "steps_threads.c", "wait")
    inferior.next()
    inferior.scheduler_locking = "on"
    before = counts(inferior)
    assert isinstance(inferior.next(), trapline.StepFinished)  # no wait in this line
    assert before == counts(inferior)
    with pytest.raises(trapline.StopTimeout):
        inferior.next(timeout=0.1)  # waits for a thread that does not run
    inferior.interrupt()
    assert isinstance(inferior.wait(timeout=30), trapline.Interrupted)
    assert before == counts(inferior)
    inferior.scheduler_locking = "off"
    assert isinstance(inferior.finish(timeout=60), trapline.FunctionFinished)
    assert before != counts(inferior)


def test_locked_while_stepping(launch: Any) -> None:
    """With "step" the others run when nothing is stepped."""
    inferior = at_mark(launch, "steps_threads.c", "wait")
    inferior.next()
    inferior.scheduler_locking = "step"
    before = counts(inferior)
    assert isinstance(inferior.next(), trapline.StepFinished)
    assert before == counts(inferior)
    inferior.set_breakpoint(f"steps_threads.c:{programs.mark('steps_threads.c', 'end')}")
    assert isinstance(inferior.resume(timeout=60), trapline.BreakpointHit)


def test_the_only_one_that_may_run_ends(launch: Any) -> None:
    """ThreadExited says so: nobody else would ever go on."""
    inferior = at_mark(launch, "steps_threads.c", "leaves")
    inferior.scheduler_locking = "on"
    stop = inferior.resume(timeout=60)
    assert isinstance(stop, trapline.ThreadExited)


def test_all_frozen(launch: Any) -> None:
    """Nothing could go on: an error, and nothing runs."""
    inferior = launch(programs.build("twelve.c"))
    inferior.thread.freeze()
    with pytest.raises(trapline.DebuggerError, match="thaw"):
        inferior.resume()
    with pytest.raises(trapline.DebuggerError, match="thaw"):
        inferior.step_instruction()
    inferior.thread.thaw()
    assert isinstance(inferior.resume(), trapline.Exited)
    with pytest.raises(trapline.DebuggerError, match="off, on or step"):
        inferior.scheduler_locking = "maybe"


def test_a_queued_signal(launch: Any) -> None:
    """It is delivered when the thread goes on; 0 takes it away again."""
    inferior = at_mark(launch, "steps_signals.c", "before")
    inferior.thread.queue_signal("SIGWINCH")
    inferior.thread.queue_signal(0)
    inferior.next()
    assert int(inferior.evaluate("handled")) == 0
    inferior.thread.queue_signal(signal.SIGWINCH)
    inferior.next()
    assert int(inferior.evaluate("handled")) == 2
    with pytest.raises(trapline.DebuggerError):
        inferior.thread.queue_signal("SIGNONE")


def test_a_name_of_ones_own(launch: Any) -> None:
    """A thread's name can be given; the kernel's stays."""
    inferior = launch(programs.build("twelve.c"))
    thread = inferior.thread
    thread.name = "first"
    assert (thread.name, thread.target_name) == ("first", "twelve")
    thread.name = None
    assert thread.name == "twelve"


def test_another_thread_stops_amid_a_step(launch: Any) -> None:
    """A breakpoint of another thread is the stop, in that thread; the step is dropped."""
    inferior = launch(programs.build("steps_threads.c"))
    inferior.advance("main")
    point = inferior.set_breakpoint("work")
    stop = inferior.next(timeout=60)
    while isinstance(stop, trapline.StepFinished):
        stop = inferior.next(timeout=60)
    assert isinstance(stop, trapline.BreakpointHit)
    assert stop.thread is inferior.thread
    assert stop.thread.number > 1
    point.delete()
    main = inferior.threads[0]
    inferior.thread = main
    assert isinstance(inferior.next(timeout=60), trapline.StepFinished)
    assert line(inferior) > 0
