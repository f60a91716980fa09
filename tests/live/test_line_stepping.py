"""`step` and `next` by source lines: what they cost, what ends them, and how frames are left."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.support import processes, programs
from tests.support.stops import at_mark, line

import trapline
from trapline.control.deadline import Deadline
from trapline.control.stepping import LineStep
from trapline.control.ways_out import WaysOut


def _stops(inferior: Any) -> int:
    """Return how often the tracer has stopped a thread and gone on, which is what a step costs."""
    return int(inferior._target.process.epoch)


@pytest.mark.parametrize("verb", ["step", "next"])
@pytest.mark.parametrize("flags", [(), ("-O1",)])
def test_a_loop_on_one_line(launch: Any, verb: str, flags: tuple[str, ...]) -> None:
    """A line with a loop of a thousand rounds takes a bounded number of stops, not one each instruction."""
    inferior = at_mark(launch, "steps_loops.c", "loop", *flags)
    before = _stops(inferior)
    stop = getattr(inferior, verb)()
    assert isinstance(stop, trapline.StepFinished)
    assert line(inferior) > programs.mark("steps_loops.c", "loop")
    assert _stops(inferior) - before < 60


def test_next_over_a_call(launch: Any) -> None:
    """What the call does costs nothing."""
    inferior = at_mark(launch, "steps_recursion.c", "fib")
    before = _stops(inferior)
    inferior.next()
    assert line(inferior) == programs.mark("steps_recursion.c", "one")
    assert _stops(inferior) - before < 40


def test_next_from_a_breakpoint(launch: Any) -> None:
    """The breakpoint that the thread stands at is not hit again by stepping on."""
    inferior = launch(programs.build("steps_recursion.c"))
    point = inferior.set_breakpoint("main")
    inferior.resume()
    assert isinstance(inferior.next(), trapline.StepFinished)
    assert point.hit_count == 1


def test_a_breakpoint_in_a_call_ends_next(launch: Any) -> None:
    """The stop of the breakpoint is returned, and the step is dropped."""
    inferior = at_mark(launch, "steps_recursion.c", "fib")
    point = inferior.set_breakpoint("fib", condition="n == 0")
    stop = inferior.next()
    assert isinstance(stop, trapline.BreakpointHit)
    assert int(inferior.frame["n"]) == 0
    point.delete()
    assert isinstance(inferior.resume(), trapline.Exited)


def test_a_false_condition_does_not_end_next(launch: Any) -> None:
    """A hit whose condition is false is none."""
    inferior = at_mark(launch, "steps_recursion.c", "fib")
    inferior.set_breakpoint("fib", condition="n == 77")
    assert isinstance(inferior.next(), trapline.StepFinished)
    assert line(inferior) == programs.mark("steps_recursion.c", "one")


def test_a_false_condition_does_not_end_finish(launch: Any) -> None:
    """What is called on the way hits it; the frame that was selected is finished."""
    inferior = at_mark(launch, "steps_recursion.c", "fib")
    inferior.set_breakpoint("fib", condition="n == 77")
    before = len(inferior.thread.frames())
    stop = inferior.finish()
    assert isinstance(stop, trapline.FunctionFinished)
    assert len(inferior.thread.frames()) == before - 1


# -- other ways out --------------------------------------------------------------------------------


@pytest.mark.parametrize("flags", [(), ("-O2",)])
def test_next_over_longjmp(launch: Any, flags: tuple[str, ...]) -> None:
    """Into this frame it stops where it lands; beneath it is nothing of ours."""
    inferior = at_mark(launch, "steps_longjmp.c", "beneath", *flags)
    assert isinstance(inferior.next(), trapline.StepFinished)
    while line(inferior) != programs.mark("steps_longjmp.c", "leaves_caller"):
        inferior.next()
    stop = inferior.next()
    assert isinstance(stop, trapline.StepFinished)
    assert inferior.frame.function == "main"
    assert line(inferior) in (
        programs.mark("steps_longjmp.c", "set"),
        programs.mark("steps_longjmp.c", "after"),
    )


def test_next_instruction_over_longjmp(launch: Any) -> None:
    """It ends where that lands, as gdb's does with its probes."""
    inferior = at_mark(launch, "steps_longjmp.c", "leaves_caller")
    before = line(inferior)
    while line(inferior) == before:
        assert isinstance(inferior.next_instruction(), trapline.StepFinished)
    assert line(inferior) == programs.mark("steps_longjmp.c", "set")


def test_finish_out_of_longjmp(launch: Any) -> None:
    """A function whose caller is left as well ends where that lands."""
    inferior = at_mark(launch, "steps_longjmp.c", "outer")
    inferior.set_breakpoint("longjmp", temporary=True)
    stop = inferior.finish()
    if isinstance(stop, trapline.BreakpointHit):
        stop = inferior.finish()
    assert isinstance(stop, trapline.StepFinished)
    assert inferior.frame.function == "main"


@pytest.mark.parametrize("flags", [(), ("-O2",)])
@pytest.mark.parametrize(
    ("mark", "landing"), [("leaves_here", "catch"), ("leaves_caller", "all"), ("beneath", "leaves_here")]
)
def test_next_over_throw(launch: Any, mark: str, landing: str, flags: tuple[str, ...]) -> None:
    """An exception that is caught here stops at the catch; one that is caught beneath does not stop."""
    inferior = at_mark(launch, "steps_exceptions.cpp", mark, *flags)
    assert isinstance(inferior.next(), trapline.StepFinished)
    assert (inferior.frame.function, line(inferior)) == (
        "main",
        programs.mark("steps_exceptions.cpp", landing),
    )


@pytest.mark.parametrize("mark", ["leaves_throw", "through"])
def test_next_over_throw_to_a_caller(launch: Any, mark: str) -> None:
    """An exception that leaves this function stops where it is caught, not where things are destroyed."""
    inferior = at_mark(launch, "steps_exceptions.cpp", mark)
    stop = inferior.next()
    assert isinstance(stop, trapline.StepFinished)
    assert inferior.frame.function in ("beneath", "main")
    text = inferior.source(inferior.frame.location.path).lines[line(inferior) - 1]
    assert "catch" in text


@pytest.mark.parametrize("flags", [(), ("-O",)])
def test_next_over_a_caught_panic(launch: Any, flags: tuple[str, ...]) -> None:
    """catch_unwind is a call like any other."""
    source = "steps_panic.rs"
    inferior = at_mark(launch, source, "leaves_second", "--edition=2021", *flags)
    seen = [inferior.next() for _ in range(2)]
    assert all(isinstance(stop, trapline.StepFinished) for stop in seen)
    assert line(inferior) >= programs.mark(source, "leaves_second")


# -- signals, threads, the end ---------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["step", "next"])
def test_a_signal_handler_is_not_stepped_into(launch: Any, verb: str) -> None:
    """A handler runs in the midst of a line and is not seen, unless it has a breakpoint."""
    inferior = at_mark(launch, "steps_signals.c", "raise")
    assert isinstance(getattr(inferior, verb)(), trapline.StepFinished)
    while inferior.frame.function != "main":
        assert inferior.frame.function != "on_signal"
        inferior.next()  # raise() itself may have lines
    assert line(inferior) in (
        programs.mark("steps_signals.c", "raise"),
        programs.mark("steps_signals.c", "after"),
    )
    assert int(inferior.evaluate("handled")) == 1


def _stopped_by_a_signal(launch: Any, mark: str) -> Any:
    """Return a program that a line has sent a signal, before its delivery."""
    inferior = launch(programs.build("steps_handled.c"))
    inferior.set_breakpoint(f"steps_handled.c:{programs.mark('steps_handled.c', mark)}", temporary=True)
    while not isinstance(inferior.resume(), trapline.BreakpointHit):
        pass  # signals of the lines before
    assert _walk(inferior, "next", 1) == [programs.mark("steps_handled.c", f"{mark}_sent")]
    assert isinstance(inferior.next(), trapline.SignalReceived)
    assert line(inferior) == programs.mark("steps_handled.c", f"{mark}_sent")
    return inferior


def _walk(inferior: Any, verb: str, count: int) -> list[int]:
    """Return the lines that so many steps come to."""
    found = []
    for _ in range(count):
        assert isinstance(getattr(inferior, verb)(), trapline.StepFinished)
        found.append(line(inferior))
    return found


def test_into_a_signal_handler(launch: Any) -> None:
    """`step` after the signal's stop enters its handler, and goes back from there as from a call."""
    inferior = _stopped_by_a_signal(launch, "lines")
    names = ("handler", "call", "inner")
    wanted = [programs.mark("steps_handled.c", name) for name in names]
    assert _walk(inferior, "step", 3) == wanted
    _, handler, kernel_s, outer = inferior.thread.frames()[:4]
    assert kernel_s.is_signal_handler_call  # named where the C library's debug symbols are installed
    assert (handler.function, outer.function) == ("on_signal", "main")
    back = [programs.mark("steps_handled.c", name) for name in ("inner_done", "handled", "lines_sent")]
    assert _walk(inferior, "step", 3) == back


def test_next_runs_through_a_signal_handler(launch: Any) -> None:
    """It is run as a call is."""
    inferior = _stopped_by_a_signal(launch, "lines")
    assert _walk(inferior, "next", 1) == [programs.mark("steps_handled.c", "after_lines")]


def test_next_where_a_signal_handler_jumps(launch: Any) -> None:
    """It ends where siglongjmp lands, also when the line itself calls nothing."""
    source = "steps_handler_jumps.c"
    inferior = at_mark(launch, source, "line")
    assert _walk(inferior, "next", 1) == [programs.mark(source, "fault")]
    assert isinstance(inferior.next(), trapline.SignalReceived)
    assert _walk(inferior, "next", 2) == [programs.mark(source, name) for name in ("set", "after")]
    assert inferior.run().code == 0


@pytest.mark.parametrize("verb", ["step", "next"])
def test_a_handler_jumps_out_of_a_line_that_calls_nothing(launch: Any, verb: str) -> None:
    """Its signal stops nobody; the step ends where the handler lands all the same."""
    source = "steps_ticks.c"
    inferior = at_mark(launch, source, "forever", arguments=["jumps"])
    inferior.handle_signal("SIGALRM", stop=False)

    pid, sink = inferior.pid, inferior.symbol("sink").address

    def send_amid_the_step() -> None:
        processes.wait_changed(pid, sink)
        os.kill(pid, signal.SIGALRM)

    sender = threading.Thread(target=send_amid_the_step)
    sender.start()
    assert isinstance(getattr(inferior, verb)(timeout=30), trapline.StepFinished)
    sender.join()
    assert _walk(inferior, verb, 1) == [programs.mark(source, "landed")]
    inferior = at_mark(launch, "steps_handler_jumps.c", "fault")
    inferior.handle_signal("SIGSEGV", stop=False)
    assert _walk(inferior, verb, 1) == [programs.mark("steps_handler_jumps.c", "set")]


@pytest.mark.parametrize("verb", ["step", "next"])
def test_handlers_that_come_faster_than_steps(launch: Any, verb: str) -> None:
    """They run, are never gone into, and the lines are those of a program without them."""
    walks = []
    for arguments in ([], ["ticks"]):
        inferior = at_mark(launch, "steps_ticks.c", "rounds", arguments=arguments)
        inferior.handle_signal("SIGALRM", stop=False)
        walks.append(_walk(inferior, verb, 60))
    assert walks[0] == walks[1]
    assert int(inferior.evaluate("ticks")) > 10


@pytest.mark.parametrize("verb", ["next", "step", "finish", "next_instruction"])
def test_a_plan_that_fails_leaves_nothing(launch: Any, monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    """What was put into the program before goes with it, and the next step is as any."""
    inferior = at_mark(launch, "steps_recursion.c", "fib")
    inferior.step()
    if verb == "next_instruction":
        while "call" not in inferior.disassemble(count=1)[0].text:
            inferior.step_instruction()
    target = inferior._target
    before = {*target.sites.owners}, target.ways_out

    def fails(self: WaysOut, thread: Any) -> None:
        self._add(inferior.symbol("main").address)
        self._doors[inferior.symbol("main").address] = False
        raise trapline.BadData("a broken file")

    with monkeypatch.context() as patch:
        patch.setattr(WaysOut, "_watch", fails)
        if verb in ("next", "step"):
            inferior.set_breakpoint("one_line")  # no short line is stepped through: it calls
            before = {*target.sites.owners}, target.ways_out
            while True:
                try:
                    getattr(inferior, verb)()
                except trapline.BadData:
                    break
        else:
            with pytest.raises(trapline.BadData):
                getattr(inferior, verb)()
    assert ({*target.sites.owners}, target.ways_out) == before
    assert isinstance(getattr(inferior, verb)(), trapline.Stop)


def test_signals_come_again_when_the_time_is_up_before_fast_handlers(launch: Any) -> None:
    """What is held for one instruction is not left held where that takes longer than the step may."""
    inferior = launch(["/bin/cat"], stdin=trapline.PIPE, stdout=trapline.DEVNULL)
    inferior.set_breakpoint("read", temporary=True)
    inferior.resume()
    while inferior.memory.read(inferior.thread.registers.rip, 2) != b"\x0f\x05":
        inferior.step_instruction()

    def blocked() -> str:
        status = Path(f"/proc/{inferior.pid}/status").read_text()
        return next(one for one in status.splitlines() if one.startswith("SigBlk:"))

    before = blocked()
    step = LineStep(inferior._target, Deadline(0.05), into=False)
    with pytest.raises(trapline.StopTimeout):
        step._undisturbed()
    assert inferior.state == "running"
    assert blocked() == before
    inferior.interrupt()
    assert isinstance(inferior.wait(), trapline.Interrupted)


@pytest.mark.parametrize("how", ["none", "ignored"])
@pytest.mark.parametrize("verb", ["step", "next"])
def test_a_signal_without_a_handler_to_go_into(launch: Any, how: str, verb: str) -> None:
    """One that has no lines is run through, an ignored signal changes nothing: the line is stepped."""
    inferior = _stopped_by_a_signal(launch, how)
    assert _walk(inferior, verb, 1) == [programs.mark("steps_handled.c", f"after_{how}")]


def test_a_handler_that_is_skipped(launch: Any) -> None:
    """`skip` keeps `step` out of a handler, too."""
    inferior = _stopped_by_a_signal(launch, "lines")
    inferior.skip("on_signal")
    assert _walk(inferior, "step", 1) == [programs.mark("steps_handled.c", "after_lines")]


def test_the_signal_is_not_delivered(launch: Any) -> None:
    """A signal that is kept from the program leads nowhere."""
    inferior = at_mark(launch, "steps_handled.c", "lines")
    inferior.handle_signal("SIGUSR1", deliver=False)
    inferior.next()
    assert isinstance(inferior.next(), trapline.SignalReceived)
    assert _walk(inferior, "step", 1) == [programs.mark("steps_handled.c", "after_lines")]


@pytest.mark.parametrize("verb", ["step", "next"])
def test_a_system_call_in_a_line(launch: Any, verb: str) -> None:
    """A `syscall` instruction is no call of a function: the step does not end behind it."""
    inferior = at_mark(launch, "steps_handled.c", "lines")
    inferior.handle_signal("SIGUSR1", stop=False)
    names = ("lines_sent", "after_lines")
    assert _walk(inferior, verb, 2) == [programs.mark("steps_handled.c", name) for name in names]


def test_out_of_a_signal_handler(launch: Any) -> None:
    """Stepping out of a handler goes back to the code that it interrupted, on to the next line there."""
    inferior = at_mark(launch, "steps_signals.c", "raise")
    point = inferior.set_breakpoint("on_signal")
    stop = inferior.next()
    assert isinstance(stop, trapline.BreakpointHit)
    assert stop.breakpoints == (point,)
    for _ in range(6):
        inferior.next()
        if inferior.frame.function == "main":
            break
    assert (inferior.frame.function, line(inferior)) == ("main", programs.mark("steps_signals.c", "after"))


def test_the_program_ends_in_a_step(launch: Any) -> None:
    """Exited is returned."""
    inferior = launch(programs.build("steps_recursion.c"))
    inferior.advance("main")
    for _ in range(10):
        stop = inferior.next()
        if isinstance(stop, trapline.Exited):
            break
    assert isinstance(stop, trapline.Exited)


def test_next_while_others_run(launch: Any) -> None:
    """A line that waits for another thread is left: the others run meanwhile."""
    inferior = at_mark(launch, "steps_threads.c", "wait")
    for _ in range(3):
        stop = inferior.next(timeout=60)
        assert isinstance(stop, trapline.StepFinished)
        assert inferior.frame.function == "main"


def test_a_thread_ends_in_a_step(launch: Any) -> None:
    """ThreadExited is returned: nothing else would end the step."""
    inferior = at_mark(launch, "steps_threads.c", "leaves")
    inferior.threads[0].freeze()  # or else the program may end together with the thread
    for _ in range(40):
        stop = inferior.next(timeout=60)
        if not isinstance(stop, trapline.StepFinished):
            break
    assert isinstance(stop, trapline.ThreadExited)


def test_exec_in_a_step(launch: Any) -> None:
    """Execed is returned: what the step was to reach is no more."""
    inferior = launch([programs.build("execs.c"), "here", programs.build("twelve.c")])
    inferior.advance("main")
    for _ in range(20):
        stop = inferior.next(timeout=60)
        if not isinstance(stop, trapline.StepFinished):
            break
    assert isinstance(stop, trapline.Execed)
    assert inferior.resume().status.code == 12


def test_through_the_dynamic_linker(launch: Any) -> None:
    """A call that is bound lazily is entered behind the linker's work, or gone over whole."""
    inferior = at_mark(launch, "steps_libraries.c", "both", "-Wl,-z,lazy")
    inferior.step(into="size")
    assert inferior.frame.function == "size"
    inferior.next()
    assert inferior.frame.function in ("size", "main")


# -- inlined calls ---------------------------------------------------------------------------------


def test_an_inlined_call_is_entered_without_running(launch: Any) -> None:
    """Before its first instruction the thread is in the caller; step() shows the call, the pc stays."""
    inferior = launch(programs.build("steps_inline.c", "-O2"))
    inferior.advance("main")
    while line(inferior) != programs.mark("steps_inline.c", "nested"):
        inferior.next()
    assert (inferior.frame.function, inferior.frame.is_inline) == ("main", False)
    pc, depth = inferior.frame.pc, len(inferior.thread.frames())
    assert isinstance(inferior.step(), trapline.StepFinished)
    assert (inferior.frame.function, inferior.frame.pc) == ("four_times", pc)
    assert (inferior.frame.is_inline, len(inferior.thread.frames())) == (True, depth + 1)
    assert (inferior.frame.caller.function, inferior.stop.frame.function) == ("main", "four_times")


def test_finish_an_inlined_call(launch: Any) -> None:
    """finish() leaves the inlined call, not the function around it; there is no value."""
    inferior = launch(programs.build("steps_inline.c", "-O2"))
    inferior.advance("main")
    while inferior.frame.function != "four_times":
        inferior.step()
    stop = inferior.finish()
    assert isinstance(stop, trapline.FunctionFinished)
    assert (stop.value, inferior.frame.function) == (None, "main")
    assert str(stop).startswith("function finished at")


@pytest.mark.parametrize("verb", ["step", "next"])
def test_out_of_a_function_without_lines(launch: Any, verb: str) -> None:
    """Where a catchpoint or a signal has stopped in a library, a step runs on to lines of a caller."""
    inferior = at_mark(launch, "steps_exceptions.cpp", "leaves_here")
    inferior.set_catchpoint("catch", temporary=True)
    assert isinstance(inferior.resume(), trapline.ExceptionThrown)
    assert inferior.frame.location is None
    names = [frame.function for frame in inferior.thread.frames() if frame.location is not None]
    assert isinstance(getattr(inferior, verb)(timeout=30), trapline.StepFinished)
    assert inferior.frame.function == names[0]


def test_without_lines(launch: Any) -> None:
    """step() where there are none says what to use."""
    inferior = launch(programs.build("twelve.c", "-g0"))
    inferior.advance("main")
    with pytest.raises(trapline.NoDebugInfo, match=r"step_instruction"):
        inferior.step()


def test_an_exception_is_caught_in_an_inlined_function(launch: Any) -> None:
    """clang's landing pad stands amid a row of other code: `next` shows the handler's lines."""
    inferior = at_mark(launch, "handled_inline.cpp", "call", "-O2", compiler="clang++")
    for mark in ("handler", "body"):
        assert isinstance(inferior.next(timeout=20), trapline.StepFinished)
        assert (inferior.frame.function, line(inferior)) == (
            "catcher",
            programs.mark("handled_inline.cpp", mark),
        )


def test_an_exception_is_caught_in_what_is_stepped_over(launch: Any) -> None:
    """The handler of the inlined function belongs to the call that `next` goes over."""
    inferior = launch(programs.build("handled_inline.cpp", "-O2", compiler="clang++"))
    inferior.advance("main")
    while line(inferior) != programs.mark("handled_inline.cpp", "inlined"):
        assert isinstance(inferior.next(timeout=20), trapline.StepFinished)
    assert isinstance(inferior.next(timeout=20), trapline.StepFinished)
    assert (inferior.frame.function, line(inferior)) == (
        "main",
        programs.mark("handled_inline.cpp", "behind"),
    )
