"""Stepping and going to a place: gdb's semantics of going on, stepping and landing (KERNEL 24, 25)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support import programs

import trapline

HITS = "hits.c"


def _at(launch: Any, function: str, *arguments: str, **options: Any) -> Any:
    """Return the program stopped at a function, by a breakpoint that is gone."""
    inferior = launch([programs.build(HITS), *arguments], stdout=options.get("stdout", trapline.DEVNULL))
    inferior.set_breakpoint(function, temporary=True)
    inferior.resume()
    return inferior


def _code(inferior: Any, function: str) -> list[Any]:
    symbol = inferior.symbol(function)
    lines = inferior.disassemble(function, symbol.size)
    return [line for line in lines if line.address < symbol.address + symbol.size]


# -- by instruction -------------------------------------------------------------------------------


def test_step_instruction_goes_to_the_next(launch: Any) -> None:
    """Each step is one instruction; a straight function is walked from its first to its ret."""
    inferior = _at(launch, "*one", "1")
    pcs = [inferior.thread.registers.rip]
    for _ in _code(inferior, "one")[1:]:
        stop = inferior.step_instruction()
        assert isinstance(stop, trapline.StepFinished)
        pcs.append(stop.frame.pc)
    assert pcs == [line.address for line in _code(inferior, "one")]
    inferior.step_instruction()
    assert inferior.frame.function == "main"
    assert inferior.run().code == 0


def test_step_instruction_counts(launch: Any) -> None:
    """step_instruction(5) is five of them; a count below one is refused."""
    inferior = _at(launch, "*one", "1")
    inferior.step_instruction(5)
    assert _code(inferior, "one")[5].address == inferior.thread.registers.rip
    for count in (0, -1):
        with pytest.raises(trapline.UsageError):
            inferior.step_instruction(count)
        with pytest.raises(trapline.UsageError):
            inferior.next_instruction(count)


@pytest.mark.parametrize("hardware", [False, True])
def test_a_step_from_a_breakpoint(launch: Any, hardware: bool) -> None:
    """Rule 25: it does not hit again, is one stop, and shows the program's own pc."""
    inferior = launch([programs.build(HITS), "2"], stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint("*one", hardware=hardware)
    inferior.resume()
    code = _code(inferior, "one")
    stop = inferior.step_instruction()
    assert isinstance(stop, trapline.StepFinished)
    assert stop.frame.pc == code[1].address
    assert point.hit_count == 1
    assert (point,) == inferior.resume().breakpoints
    assert inferior.run().code == 0


@pytest.mark.parametrize("hardware", [False, True])
def test_a_step_that_lands_on_a_breakpoint(launch: Any, hardware: bool) -> None:
    """Rule 25: it counts and is reported once, as a hit; going on does not hit it again."""
    inferior = _at(launch, "*one", "2")
    code = _code(inferior, "one")
    point = inferior.set_breakpoint(code[2].address, hardware=hardware)
    assert isinstance(inferior.step_instruction(), trapline.StepFinished)
    stop = inferior.step_instruction()
    assert isinstance(stop, trapline.BreakpointHit)
    assert (point, 1) == (*stop.breakpoints, point.hit_count)
    assert isinstance(inferior.step_instruction(), trapline.StepFinished)
    assert point.hit_count == 1
    assert (point,) == inferior.resume().breakpoints
    assert point.hit_count == 2


def test_a_landing_asks_the_callback(launch: Any) -> None:
    """Rule 25: a false answer at the landing makes it a finished step."""
    inferior = _at(launch, "*one", "1")
    point = inferior.set_breakpoint(_code(inferior, "one")[1].address, callback=lambda *_: None)
    assert isinstance(inferior.step_instruction(), trapline.StepFinished)
    assert point.hit_count == 1
    point.callback = lambda *_: True
    assert isinstance(inferior.resume(), trapline.Exited)
    assert point.hit_count == 1


def test_every_instruction_with_a_breakpoint_on_each(launch: Any) -> None:
    """Rule 25: steps through code that is all traps: each is a hit, in order, once."""
    inferior = _at(launch, "*one", "1", stdout=trapline.PIPE)
    code = _code(inferior, "one")
    points = [inferior.set_breakpoint(line.address) for line in code]
    for point, line in zip(points[1:], code[1:], strict=True):
        stop = inferior.step_instruction()
        assert isinstance(stop, trapline.BreakpointHit)
        assert (stop.breakpoints, stop.frame.pc) == ((point,), line.address)
    assert [point.hit_count for point in points] == [0] + [1] * (len(points) - 1)
    assert inferior.run().code == 0
    assert inferior.stdout.read() == b"ones 1 twos 0 sum 1\n"


def test_every_class_of_instruction_is_stepped(launch: Any) -> None:
    """Rules 11 and 25: single steps from start to end with and without breakpoints take the same way."""
    ways = []
    for trapped in (False, True):
        inferior = launch(programs.build("instructions.S", "-no-pie"))
        inferior.set_breakpoint("main", temporary=True)
        inferior.resume()
        if trapped:
            symbol = inferior.symbol("main")
            for line in inferior.disassemble("main", 200):
                if line.address < symbol.address + symbol.size:
                    inferior.set_breakpoint(line.address, callback=lambda *_: None)
        pcs = []
        while inferior.modules[0].contains(pc := inferior.step_instruction().frame.pc):
            pcs.append(pc)
        ways.append(pcs)
        assert inferior.run().code == 0
    assert len(ways[0]) > 100
    assert ways[0] == ways[1]


@pytest.mark.parametrize("trapped", [False, True])
def test_a_step_over_a_system_call(launch: Any, trapped: bool) -> None:
    """It ends behind the instruction, as any other does, in a slot too; the kernel's si_code is another."""
    inferior = launch(programs.build("syscalls.c"), stdout=trapline.DEVNULL)
    inferior.advance("begin")
    line = next(one for one in inferior.disassemble("syscall", 30) if one.text == "syscall")
    inferior.advance(line.address)
    if trapped:
        inferior.set_breakpoint(line.address)
    stop = inferior.step_instruction()
    assert isinstance(stop, trapline.StepFinished)
    assert stop.frame.pc == line.address + line.size


def test_next_instruction_steps_over_calls(launch: Any) -> None:
    """A call runs to its return; anything else is one step."""
    inferior = _at(launch, "*two", "0", "1")
    code = _code(inferior, "two")
    pcs = []
    while inferior.frame.function == "two":
        pcs.append(inferior.thread.registers.rip)
        assert isinstance(inferior.next_instruction(), trapline.StepFinished)
    assert pcs == [line.address for line in code]
    assert sum(line.text.startswith("call") for line in code) == 2
    assert inferior.memory.read_integer(inferior.symbol("ones")) == 2


def test_next_instruction_over_a_recursive_call(launch: Any) -> None:
    """The return of a deeper call of the same function is not the goal."""
    inferior = launch(programs.build("jumps.c"), stdout=trapline.DEVNULL)
    inferior.set_breakpoint("recurse", temporary=True)
    inferior.resume()
    top = inferior.thread.registers.rsp
    calls = 0
    while inferior.frame.function == "recurse":
        text = inferior.disassemble(None, 1)[0].text
        calls += text.startswith("call")
        inferior.next_instruction()
    assert calls == 1
    assert inferior.thread.registers.rsp > top


def test_next_instruction_is_stopped_by_a_breakpoint_inside(launch: Any) -> None:
    """Another stop on the way is returned instead, and the goal is forgotten."""
    inferior = _at(launch, "two", "0", "1")
    while not inferior.disassemble(None, 1)[0].text.startswith("call"):
        inferior.next_instruction()
    point = inferior.set_breakpoint("one", temporary=True)
    assert (point,) == inferior.next_instruction().breakpoints
    assert isinstance(inferior.resume(), trapline.Exited)


def test_a_step_with_the_signal_that_stopped(launch: Any) -> None:
    """A step from a signal stop delivers it: the handler's first instruction, as in gdb."""
    inferior = launch([programs.build("signals.c"), "10"], stdout=trapline.DEVNULL)
    stop = inferior.resume()
    assert isinstance(stop, trapline.SignalReceived)
    stop = inferior.step_instruction()
    assert isinstance(stop, trapline.StepFinished)
    assert inferior.run().code == 0


def test_a_step_to_the_end(launch: Any) -> None:
    """A step that is the exit gives Exited."""
    inferior = launch(programs.build("twelve.c"))
    inferior.set_catchpoint("syscall", "exit_group")
    inferior.resume()
    stop = inferior.step_instruction()
    while not isinstance(stop, trapline.Exited):
        stop = inferior.step_instruction()
    assert stop.status.code == 12


def test_a_step_that_waits_in_the_kernel(launch: Any) -> None:
    """A step over read() can be interrupted, and can take too long; the call then goes on."""
    inferior = launch(programs.build("blocked.c"), stdin=trapline.PIPE, stdout=trapline.PIPE)
    inferior.advance("main")
    inferior.advance("read")
    line = next(one for one in inferior.disassemble("read", 40) if one.text == "syscall")
    inferior.advance(line.address)
    with pytest.raises(trapline.StopTimeout):
        inferior.step_instruction(timeout=0.05)
    assert inferior.state == trapline.State.RUNNING
    assert inferior.interrupt()
    assert isinstance(inferior.wait(timeout=20), trapline.Interrupted)
    assert [thread.state for thread in inferior.threads] == ["stopped"]
    assert inferior.thread.registers.rip in (line.address, line.address + line.size)
    inferior.stdin.write(b"x")
    inferior.stdin.close()
    assert inferior.run(timeout=20).code == 0
    assert inferior.stdout.read().endswith(b"result 1 errno 0\n")


def test_many_steps_and_what_comes_between(launch: Any) -> None:
    """A count of thousands stops at a breakpoint, at a signal, at an interrupt and at its end, exactly."""
    inferior = launch([programs.build(HITS), "100000000"], stdout=trapline.DEVNULL)
    inferior.advance("main")
    pcs = []
    while inferior.frame.function != "one":
        inferior.step_instruction()
        pcs.append(inferior.thread.registers.rip)
    other = launch([programs.build(HITS), "100000000"], stdout=trapline.DEVNULL)
    other.advance("main")
    assert isinstance(other.step_instruction(len(pcs)), trapline.StepFinished)
    assert pcs[-1] == other.thread.registers.rip
    point = other.set_breakpoint("one")
    stop = other.step_instruction(100_000)
    assert (stop.breakpoints, point.hit_count) == ((point,), 1)
    point.delete()
    other.set_watchpoint(other.symbol("ones"))
    assert isinstance(other.step_instruction(100_000), trapline.WatchpointHit)
    other.watchpoints[0].delete()
    other.send_signal("SIGUSR1")
    stop = other.step_instruction(100_000)
    assert isinstance(stop, trapline.SignalReceived)
    for many in (inferior.step_instruction, inferior.next_instruction):
        with pytest.raises(trapline.StopTimeout):
            many(100_000_000, timeout=0.05)  # for all of them together
        inferior.interrupt()
        assert isinstance(inferior.wait(timeout=20), trapline.Interrupted)


def test_a_timeout_of_a_step(launch: Any) -> None:
    """timeout= on each verb: StopTimeout, still running; then interrupt() and wait()."""
    inferior = launch(programs.build("busy.c"), stdin=trapline.PIPE, stdout=trapline.PIPE)
    inferior.set_breakpoint("read", temporary=True)
    inferior.resume()
    caller = inferior.thread.frames()
    assert caller is not None
    with pytest.raises(trapline.StopTimeout):
        inferior.finish(timeout=0.05)
    with pytest.raises(trapline.NotStopped):
        inferior.step_instruction()
    assert inferior.interrupt()
    assert isinstance(inferior.wait(timeout=20), trapline.Interrupted)


# -- finish, until, advance, jump -----------------------------------------------------------------


def test_finish(launch: Any) -> None:
    """FunctionFinished with rax, in the caller, behind the call."""
    inferior = _at(launch, "two", "0", "3")
    stop = inferior.finish()
    assert isinstance(stop, trapline.FunctionFinished)
    assert (stop.value, stop.frame.function) == (2, "main")
    assert "finished with 2" in str(stop)


def test_finish_an_outer_frame(launch: Any) -> None:
    """finish() leaves the selected frame, not the innermost."""
    inferior = _at(launch, "two", "0", "1")
    inferior.set_breakpoint("one", temporary=True)
    inferior.resume()
    inferior.step_instruction(4)
    inferior.frame = inferior.thread.frames()[1]
    assert inferior.frame.function == "two"
    stop = inferior.finish()
    assert isinstance(stop, trapline.FunctionFinished)
    assert (stop.frame.function, stop.value) == ("main", 2)


def test_finish_in_a_recursion(launch: Any) -> None:
    """The frame that returns is the one that was selected, and no deeper one."""
    inferior = launch(programs.build("jumps.c"), stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint("recurse", ignore_count=5)
    inferior.resume()
    depth = len(inferior.thread.frames())
    argument = inferior.thread.registers.rdi
    point.delete()
    stop = inferior.finish()
    assert stop.value == argument
    assert depth - 1 == len(inferior.thread.frames())


def test_finish_lands_on_a_breakpoint(launch: Any) -> None:
    """Rule 25: a breakpoint where the caller goes on is reported once, as the hit that it is."""
    inferior = _at(launch, "two", "0", "2")
    back = inferior.thread.frames()[1].pc
    point = inferior.set_breakpoint(back)
    stop = inferior.finish()
    assert isinstance(stop, trapline.BreakpointHit)
    assert (stop.breakpoints, point.hit_count) == ((point,), 1)
    assert isinstance(inferior.resume(), trapline.BreakpointHit)
    assert point.hit_count == 2


def test_finish_of_what_never_returns(launch: Any) -> None:
    """A function left by longjmp is finished where that lands: in its caller, no value to be had."""
    inferior = launch(programs.build("jumps.c"), stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint("leave", callback=lambda _, point: point.hit_count == 1)
    inferior.resume()
    stop = inferior.finish(timeout=20)
    assert isinstance(stop, trapline.StepFinished)
    assert (stop.frame.function, point.hit_count) == ("main", 1)
    assert inferior.run().code == 0


def test_finish_the_outermost(launch: Any) -> None:
    """There is nowhere to return to: EvaluationError, nothing runs."""
    inferior = launch(programs.build("twelve.c"))
    pc = inferior.thread.registers.rip
    with pytest.raises(trapline.EvaluationError):
        inferior.finish()
    assert pc == inferior.thread.registers.rip


def test_until_a_place(launch: Any) -> None:
    """until(LOCATION) runs there, or to the end of the frame when that comes first."""
    inferior = _at(launch, "two", "1", "2")
    stop = inferior.until("one")
    assert isinstance(stop, trapline.StepFinished)
    assert stop.frame.function == "one"
    inferior.set_breakpoint("two", temporary=True)
    inferior.resume()
    stop = inferior.until("never")
    assert isinstance(stop, trapline.StepFinished)
    assert stop.frame.function == "main"


def test_advance(launch: Any) -> None:
    """advance(LOCATION) runs to it in any frame; a breakpoint on the way comes first."""
    inferior = launch([programs.build(HITS), "1", "1"], stdout=trapline.DEVNULL)
    stop = inferior.advance("two")
    assert isinstance(stop, trapline.StepFinished)
    assert stop.frame.function == "two"
    point = inferior.set_breakpoint("one")
    assert (point,) == inferior.advance("printf").breakpoints
    point.delete()
    assert inferior.advance("printf").frame.function in ("printf", "__printf")
    assert inferior.breakpoints == ()


def test_advance_to_what_is_not_loaded_yet(launch: Any) -> None:
    """A name of a library is waited for; one that never comes, where asked for, ends with the exit."""
    inferior = launch(programs.build(HITS), stdout=trapline.DEVNULL)
    assert inferior.advance("printf").frame.function in ("printf", "__printf")
    assert isinstance(inferior.advance("no_such_function", pending=True), trapline.Exited)


def test_advance_to_where_it_stands(launch: Any) -> None:
    """Rule 25: the place itself is reached by the next pass, not at once."""
    inferior = _at(launch, "one", "3")
    assert inferior.thread.registers.rdi == 0
    assert inferior.advance("one").frame.function == "one"
    assert inferior.thread.registers.rdi == 1


def test_jump(launch: Any) -> None:
    """jump() moves the pc and runs nothing; a breakpoint there is hit on going on (rule 25)."""
    inferior = _at(launch, "*one", "1", stdout=trapline.PIPE)
    point = inferior.set_breakpoint("*two", callback=lambda *_: None)
    inferior.jump("*two")
    assert inferior.symbol("two").address == inferior.thread.registers.rip
    assert point.hit_count == 0
    assert inferior.run().code == 0
    assert point.hit_count == 1
    assert inferior.stdout.read() == b"ones 2 twos 1 sum 2\n"


@pytest.mark.parametrize("hardware", [False, True])
def test_jump_to_where_it_stands_hits_again(launch: Any, hardware: bool) -> None:
    """Rule 25: unless the user changed the pc meanwhile."""
    inferior = launch([programs.build(HITS), "1"], stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint("one", hardware=hardware)
    inferior.resume()
    inferior.jump("one")
    assert (point,) == inferior.resume().breakpoints
    assert point.hit_count == 2
    assert isinstance(inferior.resume(), trapline.Exited)


@pytest.mark.parametrize("verb", ["jump", "until"])
@pytest.mark.parametrize("location", ["hits.c:1000", "none.c:1"])
def test_a_line_that_is_none(launch: Any, verb: str, location: Any) -> None:
    """LocationError, and nothing runs."""
    test_a_place_that_is_none(launch, verb, location)


@pytest.mark.parametrize("verb", ["jump", "until", "advance"])
@pytest.mark.parametrize("location", ["", "*", 7])
def test_a_place_that_is_none(launch: Any, verb: str, location: Any) -> None:
    """LocationError, and nothing runs."""
    inferior = _at(launch, "one", "1")
    pc = inferior.thread.registers.rip
    with pytest.raises(trapline.LocationError):
        getattr(inferior, verb)(location)
    assert pc == inferior.thread.registers.rip


@pytest.mark.parametrize("hardware", [False, True])
@pytest.mark.parametrize("verb", ["resume", "step_instruction"])
def test_a_breakpoint_set_where_the_thread_stands(launch: Any, hardware: bool, verb: str) -> None:
    """Rule 25: one just set at the pc is not hit by going on, but by the next pass."""
    inferior = _at(launch, "one", "2")
    point = inferior.set_breakpoint("one", hardware=hardware)
    stop = getattr(inferior, verb)()
    if verb != "resume":
        assert isinstance(stop, trapline.StepFinished)
        stop = inferior.resume()
    assert (stop.breakpoints, point.hit_count) == ((point,), 1)
    assert inferior.thread.registers.rdi == 1


def test_disarmed_while_another_thread_is_on_it(launch: Any) -> None:
    """Rule 24: threads that run into a trap while it is taken out go on silently and lose nothing."""
    inferior = launch([programs.build("threads.c"), "8", "300"], stdout=trapline.PIPE)
    work = inferior.set_breakpoint("work")

    def toggle(inferior: Any, point: Any) -> None:
        if point.hit_count % 3 == 0:
            point.disable()
            point.enable()

    work.callback = toggle
    assert inferior.run(timeout=60).code == 0
    assert inferior.stdout.read() == b"works 2400\n"
    assert 0 < work.hit_count <= 2400


def test_hits_while_everything_is_being_stopped(launch: Any) -> None:
    """Rule 24: eight threads run into it at once, each stop is one hit, and every pass is counted once."""
    inferior = launch([programs.build("threads.c"), "8", "25"], stdout=trapline.PIPE)
    work = inferior.set_breakpoint("work")
    stops = sum(isinstance(stop, trapline.BreakpointHit) for stop in inferior.events())
    assert (stops, work.hit_count) == (200, 200)
    assert inferior.stdout.read() == b"works 200\n"
