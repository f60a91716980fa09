"""What a call is given by mistake is refused before anything runs, in words that name the mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.support import programs

import trapline


@pytest.fixture
def stopped(launch: Any) -> Any:
    """A program stopped in a function of its own."""
    inferior = launch(programs.build("twelve.c"))
    inferior.set_breakpoint("twice", temporary=True)
    inferior.resume()
    return inferior


@pytest.mark.parametrize("timeout", ["x", b"1", [1], 1j])
def test_timeouts_are_seconds(stopped: Any, timeout: Any) -> None:
    """Nothing has run when the mistake is told."""
    pc, stop = stopped.frame.pc, stopped.stop
    verbs: list[Callable[..., object]] = [
        stopped.resume, stopped.run, stopped.step, stopped.next, stopped.step_instruction,
        stopped.next_instruction, stopped.finish, stopped.until,
    ]  # fmt: skip
    calls = [
        lambda: stopped.until("main", timeout=timeout),
        lambda: stopped.advance("main", timeout=timeout),
        lambda: stopped.call("twice", 1, timeout=timeout),
    ]
    for verb in verbs:
        with pytest.raises(
            TypeError, match=f"timeout must be seconds, or None, not {type(timeout).__name__}"
        ):
            verb(timeout=timeout)
    for call in calls:
        with pytest.raises(TypeError, match="timeout must be seconds"):
            call()
    assert (stopped.state, stopped.frame.pc, stopped.stop) == ("stopped", pc, stop)
    assert stopped.run().code == 12


def test_a_wait_refuses_them_too(launch: Any) -> None:
    inferior = launch(programs.build("twelve.c"))
    inferior.resume_nowait()
    for wrong in (lambda: inferior.wait("x"), lambda: trapline.wait(inferior, timeout="x")):
        with pytest.raises(TypeError, match="timeout must be seconds"):
            wrong()
    with pytest.raises(ValueError, match="not NaN"):
        inferior.wait(float("nan"))
    assert inferior.wait(float("inf")).status.code == 12


def test_callbacks_can_be_called(stopped: Any) -> None:
    """The mistake is where the callback is given, not at the hit."""
    for wrong in (
        lambda: stopped.set_breakpoint("main", callback=5),
        lambda: stopped.set_watchpoint("$rsp", callback=5),
        lambda: stopped.set_catchpoint("syscall", callback=5),
        lambda: stopped.run(5),
    ):
        with pytest.raises(TypeError, match="callback must be callable, or None, not int"):
            wrong()
    assert (stopped.breakpoints, stopped.watchpoints, stopped.catchpoints) == ((), (), ())
    assert stopped.state == "stopped"


def test_threads_and_frames_are_its_own(stopped: Any, launch: Any) -> None:
    """A thread or a frame of another inferior, and what is neither, selects nothing."""
    other = launch(programs.build("twelve.c"))
    for wrong in (
        lambda: stopped.set_breakpoint("main", thread=other.thread),
        lambda: stopped.set_breakpoint("main", thread=other.thread.tid),
        lambda: setattr(stopped, "thread", other.thread),
        lambda: setattr(stopped, "frame", other.frame),
    ):
        with pytest.raises(trapline.UsageError, match=r"is of another inferior|has no thread"):
            wrong()
    for mistaken in (
        lambda: setattr(stopped, "thread", "main"),
        lambda: setattr(stopped, "frame", 5),
        lambda: stopped.set_breakpoint("main", thread=1.5),
    ):
        with pytest.raises(TypeError, match=r"not (str|int|float)"):
            mistaken()
    assert stopped.breakpoints == ()
    assert stopped.frame.function == "twice"
    main = stopped.thread.frames()[1]
    stopped.frame = main
    stopped.thread = stopped.thread
    assert stopped.frame.function == "twice"  # the innermost of the thread that was selected
    assert stopped.set_breakpoint("main", thread=stopped.thread).thread_id == stopped.pid


def test_names_are_texts(stopped: Any) -> None:
    """Registers and variables are got by name; whether there is one can be asked."""
    frame = stopped.frame
    caller = stopped.thread.frames()[1]
    for wrong in (
        lambda: stopped.thread.registers[0],
        lambda: stopped.thread.registers.__setitem__(0, 1),
        lambda: caller.registers[0],
        lambda: frame[5],
    ):
        with pytest.raises(TypeError, match="by its name"):
            wrong()
    with pytest.raises(KeyError):
        frame.locals[5]
    argument = next(iter(frame.arguments))
    assert argument in frame
    assert "nowhere" not in frame
    assert 5 not in frame
    with pytest.raises(TypeError, match="not iterable"):
        list(frame)


def test_arguments_of_system_calls_are_numbers(stopped: Any) -> None:
    with pytest.raises(TypeError, match="arguments of system calls are integers, not str"):
        stopped.syscall("access", "/x", 0)
    stopped.set_catchpoint("syscall", "write", "exit_group")
    stop = stopped.resume()
    before = stop.arguments
    for wrong in ("abc", (1, "x")):
        with pytest.raises(TypeError, match="integers, not str"):
            stop.replace(arguments=wrong)
    assert stopped.thread.registers.rdi == before[0]


@pytest.mark.parametrize(
    "verb",
    ["line", "line_run", "describe", "code_range", "pointer", "symbol", "examined_text"],
)
@pytest.mark.parametrize("address", [None, 1.5, b"main"])
def test_addresses_are_numbers(stopped: Any, verb: str, address: Any) -> None:
    with pytest.raises(TypeError, match=rf"address must be an integer, not {type(address).__name__}"):
        getattr(stopped, verb)(address)


def test_counts_are_numbers(stopped: Any) -> None:
    """The mistake is told before anything runs or is set: no number, or one that is too low."""
    pc, point = stopped.frame.pc, stopped.set_breakpoint("main")
    calls: list[Callable[[Any], object]] = [
        stopped.step, stopped.next, stopped.step_instruction, stopped.next_instruction, point.enable_for,
        stopped.number_points_from,
        lambda count: stopped.disassemble("twice", count),
        lambda count: stopped.instruction_addresses(pc, count),
        lambda count: stopped.set_breakpoint("main", ignore_count=count),
        lambda count: stopped.examined(pc, count),
        lambda count: stopped.memory.read(pc, count),
        lambda count: stopped.memory.read_c_string(pc, count),
        lambda count: stopped.set_watchpoint(pc, length=count),
    ]  # fmt: skip
    for call in calls:
        for wrong in ("x", 1.5, None):
            if wrong is None and call is calls[-1]:
                continue  # it says that a length is needed
            with pytest.raises(TypeError, match=f"must be an integer, not {type(wrong).__name__}"):
                call(wrong)
        with pytest.raises(trapline.DebuggerError):
            call(-3)
    for location in (point.location, point.enable_location, point.disable_location):
        with pytest.raises(TypeError, match="number must be an integer, not str"):
            location("1")
    assert (stopped.state, stopped.frame.pc, stopped.breakpoints) == ("stopped", pc, (point,))
    stopped.kill()
    for wrong, error in (("x", TypeError), (-3, trapline.ArgumentError)):
        with pytest.raises(error, match=r"count must be (an integer, not str|at least 0, not -3)"):
            stopped.disassemble("twice", wrong)


def test_texts_are_texts(stopped: Any) -> None:
    for wrong in (
        lambda: stopped.set_breakpoint("main", condition=5),
        lambda: stopped.set_breakpoint("main", module=5),
        lambda: stopped.set_catchpoint(5),
        lambda: stopped.line_row(5, 1),
        lambda: stopped.skip(5),
        lambda: stopped.skip("main", file=5),
        lambda: stopped.evaluate(5),
        lambda: stopped.frame.evaluate(5),
        lambda: stopped.type_of(5),
        lambda: stopped.find_type(5),
        lambda: stopped.completions(5),
        lambda: stopped.names_beginning(5),
        lambda: stopped.source_files(5),
        lambda: stopped.source(5),
        lambda: stopped.compilation(5),
    ):
        with pytest.raises(TypeError, match=r"^\w+ must be text, not int$"):
            wrong()
    assert (stopped.breakpoints, stopped.catchpoints, stopped.skips) == ((), (), ())


def test_memory_is_bytes(stopped: Any) -> None:
    """A text is none, a number is not so many zeros; nothing is written."""
    memory, place = stopped.memory, stopped.thread.registers.rsp
    before = memory.read(place, 16)
    for wrong in (
        lambda: memory.write(place, "text"),
        lambda: memory.write(place, 5),
        lambda: memory.__setitem__(slice(place, place + 2), "ab"),
        lambda: memory.__setitem__(slice(place, place + 2), 2),
        lambda: list(memory.search("text")),
    ):
        with pytest.raises(TypeError, match=r"must be bytes, not (str|int)$"):
            wrong()
    for value in ("x", b"x", 1.5):
        with pytest.raises(TypeError, match="a byte must be an integer"):
            memory[place] = value
    with pytest.raises(trapline.ArgumentError, match="a byte is 0 to 255, not 300"):
        memory[place] = 300
    with pytest.raises(trapline.LocationError, match="64 bits"):
        stopped.pointer(-1)
    assert memory.read(place, 16) == before
    memory.write(place, memoryview(bytearray(before)))
    assert memory.read(place, 16) == before


@pytest.mark.parametrize("signal", [1.5, b"SIGINT", None])
def test_signals_are_names_or_numbers(stopped: Any, signal: Any) -> None:
    for verb in (stopped.handle_signal, stopped.send_signal, stopped.thread.queue_signal):
        with pytest.raises(TypeError, match="name or number must be an integer"):
            verb(signal)
    assert stopped.run().code == 12
