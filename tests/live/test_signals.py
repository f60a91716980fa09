"""Signals: what stops, what is delivered, what can be changed."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from tests.support import processes, programs

import trapline

_STOP_AND_DELIVER = ["SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGTERM", "SIGPIPE", "SIGXCPU", "SIGRTMIN"]
_PASS_UNSEEN = ["SIGALRM", "SIGURG", "SIGIO", "SIGVTALRM", "SIGPROF", "SIGCHLD", "SIGWINCH"]
_KEPT_BACK = ["SIGINT", "SIGTRAP"]


def _raising(launch: Any, *names: str) -> Any:
    numbers = [str(int(getattr(signal, name))) for name in names]
    return launch([programs.build("signals.c"), *numbers], stdout=trapline.PIPE)


def _handled(inferior: Any) -> list[str]:
    return [line.decode() for line in inferior.stdout.read().splitlines()]


@pytest.mark.parametrize("name", _STOP_AND_DELIVER)
def test_the_default_is_to_stop_and_to_deliver(launch: Any, name: str) -> None:
    """The stop is before delivery; the next resume delivers, and the handler runs once."""
    number = int(getattr(signal, name))
    inferior = _raising(launch, name)
    stop = inferior.resume()
    assert isinstance(stop, trapline.SignalReceived)
    assert (stop.signal, stop.address) == (number, None)
    seen = inferior.symbol("seen").address + 4 * number
    assert inferior.memory.read_integer(seen, 4) == 0
    assert inferior.resume().status.code == 0
    assert _handled(inferior) == [f"{number} x1"]


@pytest.mark.parametrize("name", _PASS_UNSEEN)
def test_some_pass_unseen(launch: Any, name: str) -> None:
    """Timers, children, windows: delivered without a stop."""
    inferior = _raising(launch, name)
    assert inferior.resume().status.code == 0
    assert _handled(inferior) == [f"{int(getattr(signal, name))} x1"]


@pytest.mark.parametrize("name", _KEPT_BACK)
def test_interrupt_and_trap_stop_and_are_not_delivered(launch: Any, name: str) -> None:
    """Rule 26: SIGINT and SIGTRAP are the debugger's; the handler does not run."""
    inferior = _raising(launch, name)
    stop = inferior.resume()
    assert int(getattr(signal, name)) == stop.signal
    assert inferior.resume().status.code == 0
    assert _handled(inferior) == []


def test_drop(launch: Any) -> None:
    """resume(0) drops the pending signal."""
    inferior = _raising(launch, "SIGUSR1")
    inferior.resume()
    assert inferior.resume(0).status.code == 0
    assert _handled(inferior) == []


@pytest.mark.parametrize("other", ["SIGUSR2", "USR2", int(signal.SIGUSR2)])
def test_replace(launch: Any, other: int | str) -> None:
    """resume(name or number) delivers another one instead."""
    inferior = _raising(launch, "SIGUSR1")
    inferior.resume()
    assert inferior.resume(other).status.code == 0
    assert _handled(inferior) == [f"{int(signal.SIGUSR2)} x1"]


def test_inject(launch: Any) -> None:
    """A signal where none was pending: at a breakpoint, the handler runs."""
    inferior = _raising(launch)
    inferior.set_breakpoint("before")
    inferior.resume()
    assert inferior.resume("SIGUSR1").status.code == 0
    assert _handled(inferior) == [f"{int(signal.SIGUSR1)} x1"]


def test_inject_at_a_breakpoint_keeps_the_count(launch: Any) -> None:
    """Injecting while standing at a breakpoint: the instruction there still runs once, one hit."""
    inferior = launch([programs.build("hits.c"), "3"], stdout=trapline.PIPE)
    one = inferior.set_breakpoint("one")
    inferior.resume()
    inferior.handle_signal("SIGCHLD", stop=False, deliver=True)
    inferior.resume("SIGCHLD")
    assert one.hit_count == 2
    assert inferior.run(lambda *_: None).code == 0
    assert one.hit_count == 3
    assert inferior.stdout.read() == b"ones 3 twos 0 sum 6\n"


def test_an_unknown_signal(launch: Any) -> None:
    """A name or number that is no signal is refused, and nothing runs."""
    inferior = _raising(launch)
    for bad in ("SIGFOO", 65, -1):
        with pytest.raises(trapline.UsageError):
            inferior.resume(bad)
    assert inferior.state == trapline.State.STOPPED
    assert inferior.run().code == 0


def test_a_killing_signal_ends_it(launch: Any) -> None:
    """Delivered to a program without a handler, it kills: resume() returns Exited with the signal."""
    inferior = launch([programs.build("ending.c"), "signal", str(int(signal.SIGUSR1))])
    assert isinstance(inferior.resume(), trapline.SignalReceived)
    stop = inferior.resume()
    assert isinstance(stop, trapline.Exited)
    assert stop.status.signal == int(signal.SIGUSR1)


def test_handle_signal_stop(launch: Any) -> None:
    """stop=True reports a signal that passes by default, stop=False hides one that stops."""
    inferior = _raising(launch, "SIGALRM", "SIGUSR1")
    inferior.handle_signal("SIGALRM", stop=True)
    inferior.handle_signal("SIGUSR1", stop=False)
    assert inferior.resume().signal == int(signal.SIGALRM)
    assert inferior.resume().status.code == 0
    assert len(_handled(inferior)) == 2


def test_handle_signal_deliver(launch: Any) -> None:
    """deliver=False keeps it from the program, deliver=True gives SIGINT to it."""
    inferior = _raising(launch, "SIGUSR1", "SIGINT")
    inferior.handle_signal("SIGUSR1", stop=False, deliver=False)
    inferior.handle_signal("SIGINT", stop=False, deliver=True)
    assert inferior.resume().status.code == 0
    assert _handled(inferior) == [f"{int(signal.SIGINT)} x1"]


def test_run_delivers_without_reporting(launch: Any) -> None:
    """run() goes on whatever signals come."""
    inferior = _raising(launch, "SIGUSR1", "SIGHUP", "SIGUSR2")
    assert inferior.run().code == 0
    assert len(_handled(inferior)) == 3


def test_a_signal_catchpoint(launch: Any) -> None:
    """set_catchpoint("signal", name) stops at one that would pass; others still pass."""
    inferior = _raising(launch, "SIGCHLD", "SIGALRM")
    inferior.set_catchpoint("signal", "SIGALRM")
    stop = inferior.resume()
    assert (trapline.SignalReceived, int(signal.SIGALRM)) == (type(stop), stop.signal)
    assert inferior.resume().status.code == 0
    assert len(_handled(inferior)) == 2


@pytest.mark.parametrize(
    ("fault", "name", "label"),
    [("segv", "SIGSEGV", None), ("ill", "SIGILL", "illegal"), ("fpe", "SIGFPE", "division")],
)
def test_faults_stop_where_they_happen(launch: Any, fault: str, name: str, label: str | None) -> None:
    """The stop has the pc of the faulting instruction and the address; going on kills with that signal."""
    program = programs.build("faults.c")
    inferior = launch([program, fault], stdout=trapline.DEVNULL)
    stop = inferior.resume()
    number = int(getattr(signal, name))
    assert stop.signal == number
    if label is None:
        assert stop.address == 0xDEAD0
        assert inferior.frame.function == "fault_segv"
    else:
        expected = programs.load_address(inferior.pid, program, label)
        assert (expected, expected) == (inferior.thread.registers.rip, stop.address)
    assert inferior.resume().status.signal == number


@pytest.mark.parametrize(
    ("fault", "name", "label"), [("ill", "SIGILL", "illegal"), ("fpe", "SIGFPE", "division")]
)
def test_a_fault_of_a_displaced_instruction(launch: Any, fault: str, name: str, label: str) -> None:
    """Rules 1 and 11e: with a breakpoint on the faulting instruction, pc and si_addr are the program's."""
    program = programs.build("faults.c")
    inferior = launch([program, fault], stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint(label)
    assert (point,) == inferior.resume().breakpoints
    stop = inferior.resume()
    expected = programs.load_address(inferior.pid, program, label)
    assert int(getattr(signal, name)) == stop.signal
    assert (expected, expected) == (inferior.thread.registers.rip, stop.address)
    assert inferior.resume().status.signal == stop.signal
    assert point.hit_count == 1


def test_abort(launch: Any) -> None:
    """SIGABRT stops, then kills."""
    inferior = launch([programs.build("faults.c"), "abort"])
    assert inferior.resume().signal == int(signal.SIGABRT)
    assert inferior.resume().status.signal == int(signal.SIGABRT)


def test_an_int3_of_the_program(launch: Any) -> None:
    """Rule 26: it stops with the pc after it, is not delivered, and resume goes on."""
    program = programs.build("faults.c")
    inferior = launch([program, "int3"], stdout=trapline.PIPE)
    stop = inferior.resume()
    assert isinstance(stop, trapline.SignalReceived)
    assert stop.signal == int(signal.SIGTRAP)
    assert programs.load_address(inferior.pid, program, "after_trap") == inferior.thread.registers.rip
    assert inferior.resume().status.code == 0
    assert inferior.stdout.read() == b"survived\n"


def test_a_breakpoint_on_an_int3_of_the_program(launch: Any) -> None:
    """Rule 11e: our hit is told from its own trap; both are reported, ours first."""
    program = programs.build("faults.c")
    inferior = launch([program, "int3"], stdout=trapline.PIPE)
    own = inferior.set_breakpoint("own_trap")
    assert (own,) == inferior.resume().breakpoints
    stop = inferior.resume()
    assert isinstance(stop, trapline.SignalReceived)
    assert stop.signal == int(signal.SIGTRAP)
    assert programs.load_address(inferior.pid, program, "after_trap") == inferior.thread.registers.rip
    assert inferior.resume().status.code == 0
    assert own.hit_count == 1


def test_a_program_with_its_own_sigtrap_handler(launch: Any) -> None:
    """Rule 26: with deliver=True its handler sees its own int3s, and never ours."""
    inferior = launch(programs.build("own_sigtrap.c"), stdout=trapline.PIPE)
    inferior.handle_signal("SIGTRAP", stop=False, deliver=True)
    work = inferior.set_breakpoint("work")
    assert inferior.run(lambda *_: None).code == 0
    assert work.hit_count == 5
    assert inferior.stdout.read() == b"handled 5\n"


def test_a_sigtrap_by_kill_just_behind_a_breakpoint(launch: Any) -> None:
    """Rule 4: kill -TRAP while it stands behind a trap is a signal, not a hit."""
    inferior = launch([programs.build("hits.c"), "2"], stdout=trapline.DEVNULL)
    one = inferior.set_breakpoint("*one")
    inferior.resume()
    length = inferior.disassemble("one", 1)[0].size
    assert length == 1, "the program has to be built without endbr64 in one()"
    inferior.step_instruction()
    os.kill(inferior.pid, signal.SIGTRAP)
    stop = inferior.resume()
    assert isinstance(stop, trapline.SignalReceived)
    assert one.locations[0].address + 1 == inferior.thread.registers.rip
    assert one.hit_count == 1
    assert (one,) == inferior.resume().breakpoints


def test_signals_from_outside(launch: Any) -> None:
    """A signal sent by kill(2) while it runs arrives as a stop; send_signal() does the same."""
    inferior = launch(programs.build("busy.c"), stdin=trapline.PIPE, stdout=trapline.PIPE)
    inferior.resume_nowait()
    inferior.stdout.read_until(b"ready\n", timeout=20)
    os.kill(inferior.pid, signal.SIGUSR1)
    assert inferior.wait(timeout=20).signal == int(signal.SIGUSR1)
    inferior.resume_nowait(0)
    inferior.send_signal("SIGUSR2")
    assert inferior.wait(timeout=20).signal == int(signal.SIGUSR2)
    inferior.stdin.close()
    assert inferior.resume(0, timeout=20).status.code == 7


def test_queued_realtime_signals_keep_order_and_count(launch: Any) -> None:
    """Each queued real-time signal is its own stop, in the kernel's order.

    The lowest number first, but a number whose handler is entered is blocked until it returns, so the
    next other one comes before the second of the same.  Source: signal(7), real-time signals.
    """
    inferior = _raising(launch)
    inferior.set_breakpoint("before")
    inferior.resume()
    for offset in (2, 1, 1):
        os.kill(inferior.pid, signal.SIGRTMIN + offset)
    received = []
    stop = inferior.resume()
    while isinstance(stop, trapline.SignalReceived):
        received.append(stop.signal - int(signal.SIGRTMIN))
        stop = inferior.resume()
    assert received == [1, 2, 1]
    assert stop.status.code == 0
    assert [line.split()[1] for line in _handled(inferior)] == ["x2", "x1"]


def test_the_siginfo_is_kept(launch: Any) -> None:
    """What the handler sees as si_code is the sender's: SI_TKILL for raise()."""
    inferior = _raising(launch, "SIGUSR1")
    inferior.set_breakpoint("after")
    inferior.resume()
    inferior.resume()
    codes = inferior.symbol("codes").address + 4 * int(signal.SIGUSR1)
    assert inferior.memory.read_integer(codes, 4, signed=True) == -6


def test_the_siginfo_of_stops_without_a_signal(launch: Any) -> None:
    """It is that of the SIGTRAP behind them, as in gdb: SI_KERNEL for a trap, TRAP_TRACE for a step."""
    inferior = _raising(launch, "SIGUSR1")
    inferior.set_breakpoint("after")
    assert isinstance(inferior.resume(), trapline.SignalReceived)
    assert int(inferior.evaluate("$_siginfo.si_signo")) == signal.SIGUSR1
    assert isinstance(inferior.resume(), trapline.BreakpointHit)
    fields = "$_siginfo.si_signo", "$_siginfo.si_code"
    assert [int(inferior.evaluate(one)) for one in fields] == [signal.SIGTRAP, 128]
    inferior.step_instruction()
    inferior.step_instruction()
    assert [int(inferior.evaluate(one)) for one in fields] == [signal.SIGTRAP, 2]
    here = int(inferior.evaluate("$_siginfo._sifields._sigfault.si_addr"))
    assert here == inferior.thread.registers.rip


def test_sigkill_cannot_be_caught(launch: Any) -> None:
    """SIGKILL from outside ends it without a stop."""
    inferior = launch(programs.build("spin.c"), stdout=trapline.PIPE)
    inferior.resume_nowait()
    inferior.stdout.read_until(b"ready\n", timeout=20)
    os.kill(inferior.pid, signal.SIGKILL)
    assert inferior.wait(timeout=20).status.signal == int(signal.SIGKILL)


def test_group_stop_and_continue(launch: Any) -> None:
    """Rule 34: SIGSTOP is reported; delivered, it really stops every thread until SIGCONT, which ends it."""
    inferior = launch([programs.build("busy.c"), "2"], stdin=trapline.PIPE, stdout=trapline.PIPE)
    inferior.resume_nowait()
    inferior.stdout.read_until(b"ready\n", timeout=20)
    counter = inferior.symbol("counter").address
    os.kill(inferior.pid, signal.SIGSTOP)
    stop = inferior.wait(timeout=20)
    assert (trapline.SignalReceived, int(signal.SIGSTOP)) == (type(stop), stop.signal)
    inferior.handle_signal("SIGCONT", stop=False)
    inferior.resume_nowait()

    def serve() -> None:
        with pytest.raises(trapline.StopTimeout):
            inferior.wait(timeout=0.02)

    def stands() -> bool:
        serve()
        return {processes.state(inferior.pid, tid) for tid in processes.threads(inferior.pid)} <= {"t", "T"}

    processes.until(stands, what="the group-stop")
    before = inferior.memory.read_integer(counter)
    for _ in range(3):
        assert stands()
    assert before == inferior.memory.read_integer(counter)
    os.kill(inferior.pid, signal.SIGCONT)

    def moves() -> bool:
        serve()
        return bool(before < inferior.memory.read_integer(counter))

    processes.until(moves, what="the program to go on")
    inferior.stdin.close()
    assert inferior.wait(timeout=20).status.code == 7


def test_what_does_not_stop_is_announced_where_it_is_wanted(launch: Any) -> None:
    """Subscribers hear of it; what stops is announced, and what is not to be announced does not stop."""
    inferior = _raising(launch, "SIGUSR1", "SIGALRM", "SIGUSR2", "SIGUSR1")

    def policy(name: str, **changes: bool) -> tuple[bool, bool]:
        found = inferior.handle_signal(name, **changes)
        assert found.deliver
        return found.stop, found.announce

    assert policy("SIGUSR1", stop=False, announce=True) == (False, True)
    assert policy("SIGUSR2", announce=False) == (False, False)
    assert policy("SIGTERM") == (True, True)
    assert policy("SIGTERM", stop=False) == (False, False)
    assert policy("SIGTERM", announce=True) == (False, True)
    assert policy("SIGTERM", stop=True, announce=False) == (True, True)
    assert policy("SIGWINCH") == (False, False)
    heard: list[Any] = []
    inferior.subscribe(heard.append)
    assert inferior.resume().status.code == 0
    told = [(event.signal, event.thread.tid) for event in heard if isinstance(event, trapline.SignalReceived)]
    assert told == [(signal.SIGUSR1, inferior.pid)] * 2
    assert _handled(inferior) == [
        f"{int(signal.SIGUSR1)} x2",
        f"{int(signal.SIGUSR2)} x1",
        f"{int(signal.SIGALRM)} x1",
    ]


def test_a_listener_that_stops_at_an_announced_signal(launch: Any) -> None:
    """What it raises travels to the caller, and the signal is still delivered."""
    inferior = _raising(launch, "SIGUSR1")
    inferior.handle_signal("SIGUSR1", stop=False, announce=True)

    def listener(event: Any) -> None:
        if isinstance(event, trapline.SignalReceived):
            raise KeyError(event.signal)

    inferior.subscribe(listener)
    with pytest.raises(KeyError):
        inferior.resume()
    if inferior.state == "stopped":  # it may have come to its end before it could be stopped
        inferior.resume()
    assert inferior.exit_status.code == 0
    assert _handled(inferior) == [f"{int(signal.SIGUSR1)} x1"]
