"""Calls of the program's functions and system calls of ours in it: nothing of them is left behind."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.support import processes, programs

import trapline
from trapline.arch.x86_64 import WORDS

_BLOCKED = {"read": 0, "nanosleep": 35, "poll": 7, "epoll": 232, "futex": 202}
"""System calls to be stopped in, with their numbers."""


def _stopped(launch: Any) -> Any:
    inferior = launch(programs.build("callable.c"), stdout=trapline.PIPE)
    inferior.set_breakpoint("stop", temporary=True)
    inferior.resume()
    return inferior


def _everything(inferior: Any) -> dict[str, int]:
    """Return every register by name."""
    registers = inferior.thread.registers
    names = [*WORDS]
    names += [f"xmm{number}" for number in range(16)] + [f"st{number}" for number in range(8)]
    return {name: registers[name] for name in names}


@pytest.mark.parametrize("count", [6, 7, 8, 9])
def test_integers_in_registers_and_on_the_stack(launch: Any, count: int) -> None:
    """Six in registers, the others on the stack, aligned for odd and even numbers of them."""
    inferior = _stopped(launch)
    arguments = [*range(1, count + 1)] + [0] * (9 - count)
    assert inferior.call("weigh", *arguments) == sum(value << n for n, value in enumerate(arguments))
    inferior.memory.write_integer(inferior.symbol("counter"), 0, 4)
    assert inferior.run().code == 0
    assert inferior.stdout.read() == b"kept 1 counter 0\n"


def test_what_can_be_passed(launch: Any) -> None:
    """int (negative too), float, str, bytes, a Symbol; the stack is aligned as functions expect it."""
    inferior = _stopped(launch)
    assert inferior.call("mixed", 5, 1.25, 3, 2.5) == 125 + 25 + 2
    assert inferior.call("length", "text") == 4
    assert inferior.call("length", b"some bytes") == 10
    assert inferior.call("length", "") == 0
    assert inferior.call("length", "x" * 5000) == 5000
    assert inferior.call("aligned") == 0
    assert inferior.call("weigh", inferior.symbol("counter"), *[0] * 8) == inferior.symbol("counter").address
    assert inferior.call("weigh", -1, *[0] * 8) == (1 << 64) - 1
    assert inferior.call(inferior.symbol("weigh").address, 1, *[0] * 8) == 1
    assert inferior.call("negative") & 0xFFFF_FFFF == 0xFFFF_FFFF


def test_what_cannot_be_passed(launch: Any) -> None:
    """Refused before anything is changed."""
    inferior = _stopped(launch)
    before = _everything(inferior)
    for arguments in ((None,), ([1],), (object(),)):
        with pytest.raises(trapline.UsageError):
            inferior.call("weigh", *arguments)
    with pytest.raises(trapline.SymbolNotFound, match="weigh"):
        inferior.call("wiegh")
    assert before == _everything(inferior)


@pytest.mark.parametrize("name", ["spoil", "twice_bumped", "aligned"])
def test_every_register_is_put_back(launch: Any, name: str) -> None:
    """Rule 10: all 27 registers, XMM and x87 are as before, and main() agrees."""
    inferior = _stopped(launch)
    before = _everything(inferior)
    inferior.call(name)
    assert before == _everything(inferior)
    assert inferior.run().code == 0
    assert inferior.stdout.read().startswith(b"kept 1 ")


def test_the_return_is_no_hit_of_a_breakpoint_there(launch: Any) -> None:
    """A call returns to the entry point, where nobody else's breakpoint is asked."""
    inferior = _stopped(launch)
    point = inferior.set_breakpoint("_start")
    assert inferior.call("negative") & 0xFF == 0xFF
    assert point.hit_count == 0


def test_breakpoints_inside_a_call(launch: Any) -> None:
    """A callback is asked as ever; a stop ends the call, which is undone."""
    inferior = _stopped(launch)
    before = _everything(inferior)
    point = inferior.set_breakpoint("bump", callback=lambda *_: None)
    assert inferior.call("twice_bumped") == 2
    assert point.hit_count == 2
    point.callback = None
    with pytest.raises(trapline.EvaluationError, match=f"breakpoint {point.id}"):
        inferior.call("twice_bumped")
    assert before == _everything(inferior)
    point.delete()
    assert inferior.run().code == 0
    assert inferior.stdout.read() == b"kept 1 counter 2\n"


def test_an_exception_of_a_callback_inside_a_call(launch: Any) -> None:
    """It travels to the caller of call(), and the call is undone."""
    inferior = _stopped(launch)
    before = _everything(inferior)

    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    inferior.set_breakpoint("bump", callback=fail, temporary=True)
    with pytest.raises(ZeroDivisionError):
        inferior.call("twice_bumped")
    assert before == _everything(inferior)
    assert inferior.run().code == 0


def test_a_call_from_the_place_of_a_breakpoint(launch: Any) -> None:
    """Rule 25: after a call from where a breakpoint is, going on does not hit it again."""
    inferior = launch(programs.build("callable.c"), stdout=trapline.PIPE)
    point = inferior.set_breakpoint("stop")
    inferior.resume()
    assert inferior.call("twice_bumped") == 2
    assert inferior.run().code == 0
    assert point.hit_count == 1


def test_a_call_that_faults(launch: Any) -> None:
    """The signal is not delivered, everything is put back, the message says what came."""
    inferior = _stopped(launch)
    before = _everything(inferior)
    with pytest.raises(trapline.EvaluationError, match="SIGSEGV"):
        inferior.call("crash")
    assert before == _everything(inferior)
    assert inferior.run().code == 0
    assert inferior.stdout.read() == b"kept 1 counter 0\n"


def test_a_call_to_nowhere(launch: Any) -> None:
    """An address that is no code faults, and is undone."""
    inferior = _stopped(launch)
    for address in (8, 1 << 62):
        with pytest.raises((trapline.EvaluationError, trapline.LocationError)):
            inferior.call(address)
    assert inferior.run().code == 0


def test_a_call_that_ends_the_process(launch: Any) -> None:
    """InferiorExited, and the exit status is the function's."""
    inferior = _stopped(launch)
    with pytest.raises(trapline.InferiorExited):
        inferior.call("leave", 7)
    assert (inferior.state, inferior.exit_status.code) == (trapline.State.EXITED, 7)


def test_the_signal_that_stopped_it_is_kept(launch: Any) -> None:
    """A call at a signal's stop does not deliver it; the next resume does."""
    inferior = launch([programs.build("signals.c"), "10"], stdout=trapline.PIPE)
    assert isinstance(inferior.resume(), trapline.SignalReceived)
    assert inferior.syscall("getpid") == inferior.pid
    assert inferior.call("getpid") == inferior.pid
    assert inferior.run().code == 0
    assert inferior.stdout.read() == b"10 x1\n"


def test_a_stop_signal_that_comes_in_a_system_call_of_ours(launch: Any) -> None:
    """SIGSTOP cannot be masked: it waits until the call is done, and is then reported as ever."""
    inferior = _stopped(launch)
    inferior.send_signal("SIGSTOP")
    assert inferior.syscall("getpid") == inferior.pid
    assert inferior.syscall("getppid") == os.getpid()
    stop = inferior.resume()
    assert isinstance(stop, trapline.SignalReceived)
    assert stop.signal == signal.SIGSTOP
    assert isinstance(inferior.resume(0), trapline.Exited)


def test_syscall(launch: Any) -> None:
    """By name or number; the raw result, -errno on failure; no register is left changed."""
    inferior = _stopped(launch)
    before = _everything(inferior)
    assert inferior.syscall("getpid") == inferior.syscall(39) == inferior.pid
    assert inferior.syscall("close", 12345) == -errno.EBADF
    page = inferior.syscall("mmap", 0, 4096, 3, 0x22, -1, 0)
    assert page % 4096 == 0
    inferior.memory.write(page, b"ours")
    assert inferior.memory.read(page, 4) == b"ours"
    assert inferior.syscall("munmap", page, 4096) == 0
    with pytest.raises(trapline.UsageError, match="getpid"):
        inferior.syscall("getpit")
    with pytest.raises(trapline.UsageError):
        inferior.syscall("mmap", *range(7))
    assert before == _everything(inferior)
    assert inferior.run().code == 0


def test_where_calls_cannot_be_made(launch: Any) -> None:
    """At the first instruction, in a fork's stop and at a system call's entry they can; after the end not."""
    inferior = launch(programs.build("callable.c"))
    assert inferior.syscall("getpid") == inferior.pid
    assert inferior.call("negative") & 0xFF == 0xFF
    inferior.kill()
    for act in (lambda: inferior.call("negative"), lambda: inferior.syscall("getpid")):
        with pytest.raises(trapline.InferiorExited):
            act()


@pytest.mark.parametrize("kind", ["syscall", "fork"])
def test_at_stops_inside_the_kernel(launch: Any, kind: str) -> None:
    """Rule 9: at an event's stop the thread is first brought to one where registers may be set."""
    inferior = launch([programs.build("forks.c"), "fork"])
    inferior.set_catchpoint(kind, *(["wait4"] if kind == "syscall" else []))
    inferior.resume()
    assert inferior.syscall("getpid") == inferior.pid
    inferior.catchpoints[0].delete()
    inferior.set_breakpoint("in_parent", temporary=True)
    inferior.resume()
    assert inferior.call("getpid") == inferior.pid
    assert inferior.run().code == 1


@contextmanager
def _blocked(call: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that sleeps in a system call."""
    words = [programs.build("blocked.c"), call, "600"]  # seconds, for nanosleep
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        try:
            processes.wait_blocked(child.pid, _BLOCKED[call])
            yield child
        except BaseException:
            child.kill()  # a test that fails must not wait for the end of the sleep
            raise


@pytest.mark.parametrize("act", ["call", "syscall", "slot"])
@pytest.mark.parametrize("call", _BLOCKED)
def test_while_blocked_in_a_system_call(attach: Any, call: str, act: str) -> None:
    """Rules 10 and 18: a call, a system call and a slot's page in a thread that sleeps in the kernel; its own
    call then completes as if nothing had been."""
    with _blocked(call) as child:
        inferior = attach(child.pid)
        if act == "call":
            assert inferior.call("add", 40, 2) == 42
        elif act == "syscall":
            assert inferior.syscall("getpid") == child.pid
        else:
            inferior.set_breakpoint("printf", callback=lambda *_: None)
        inferior.handle_signal("SIGUSR1", stop=False, deliver=True)
        inferior.resume_nowait()
        asleep = (_BLOCKED[call], processes.RESTART_SYSCALL)
        processes.until(lambda: processes.blocked_in(child.pid) in asleep, what="its sleep")
        if call == "nanosleep":  # too long to be waited for
            os.kill(child.pid, signal.SIGUSR1)
        else:
            assert child.stdin is not None
            child.stdin.write(b"x")
            child.stdin.flush()
        assert isinstance(inferior.wait(timeout=20), trapline.Exited)
        assert child.stdout is not None
        result = {"nanosleep": (-1, 4), "futex": (0, 0)}.get(call, (1, 0))
        assert child.stdout.read() == b"result %d errno %d\n" % result
        assert os.waitstatus_to_exitcode(child.wait()) == 0


def test_a_jump_out_of_a_system_call(attach: Any) -> None:
    """Rule 10: the kernel does not move a pc that was written where it would restart a call."""
    with _blocked("read") as child:
        inferior = attach(child.pid)
        place = inferior.symbol("add").address
        first, second = inferior.disassemble("add", 2)
        inferior.jump("*add")
        assert place == inferior.thread.registers.rip
        assert inferior.step_instruction().frame.pc == second.address
        assert first.address == place
        inferior.kill()


def test_a_call_by_name_asks_an_ifunc_s_resolver_first() -> None:
    """`call("strcpy", ...)` copies: what the symbol names is a function that returns the function."""
    with trapline.launch(programs.build("expressions.c")) as inferior:
        inferior.set_breakpoint(f"expressions.c:{programs.mark('expressions.c', 'here')}")
        inferior.resume()
        assert int(inferior.call("strlen", "seven77")) == 7


@pytest.mark.parametrize("is_caught", [True, False])
def test_a_call_that_becomes_another_program_leaves_that_alone(launch: Any, is_caught: bool) -> None:
    """The registers of the caller are not put into it."""
    inferior = _stopped(launch)
    if is_caught:
        inferior.set_catchpoint("exec")
    else:
        inferior.set_breakpoint("main")
    with pytest.raises(trapline.EvaluationError, match="another program in the place of this one"):
        inferior.evaluate(f'(int)execl("{programs.build("editor.c")}", "editor", (char *)0)')
    assert inferior.frame.function == ("_start" if is_caught else "main")
    assert inferior.run().code == 7


# -- what is seen of a call afterwards -----------------------------------------------------------


def test_a_call_leaves_the_stop_its_frames_and_values(launch: Any) -> None:
    """Nothing of the program has moved: what was at hand before is still of this stop."""
    inferior = launch([programs.build("conditions.c")])
    breakpoint = inferior.set_breakpoint("visit")
    stop = inferior.resume()
    frame, total = inferior.frame, inferior.evaluate("total")
    node = frame["node"]
    for _ in range(2):
        assert int(inferior.call("is_even", 4)) == 1
        assert inferior.stop is stop
        assert stop.breakpoints == (breakpoint,)
        assert stop.frame == frame
        assert frame.caller.function == "main"
        assert int(node["value"]) == int(frame["node"]["value"]) == 1
        assert int(total) == 0
    with pytest.raises(trapline.EvaluationError, match="was ended by another stop"):
        inferior.call("abort")
    assert inferior.stop is stop
    assert int(frame["node"]["next"]["value"]) == 2
    inferior.resume()
    with pytest.raises(trapline.StaleError):
        _ = frame["name"]


def test_what_a_call_changes_is_seen(launch: Any) -> None:
    inferior = launch([programs.build("conditions.c")])
    inferior.set_breakpoint("visit")
    inferior.resume()
    frame, watched = inferior.frame, inferior.evaluate("watched")
    assert int(watched) == 0
    inferior.call("set_watched", 7)
    assert int(frame.evaluate("watched")) == 7
    assert int(watched) == 0  # as it was read
    assert int(watched.again()) == 7


def test_where_other_threads_ran_meanwhile_all_is_of_an_earlier_stop(launch: Any) -> None:
    inferior = launch([programs.build("conditions.c"), "2", "50"])
    inferior.set_breakpoint("leaf")
    inferior.resume()
    frame = inferior.frame
    inferior.breakpoints[0].disable()
    assert int(inferior.call("is_even", 4)) == 1
    with pytest.raises(trapline.StaleError):
        _ = frame["round"]


def test_a_call_that_takes_too_long(launch: Any) -> None:
    """It is undone, and the inferior stopped: the error does not send its reader to wait()."""
    with trapline.launch([programs.build("blocked.c"), "read"], stdin=trapline.PIPE) as inferior:
        inferior.advance("main")
        before = inferior.stop
        with pytest.raises(
            trapline.StopTimeout, match=r"^the call did not return within 0.05 s, and was undone$"
        ):
            inferior.call("pause", timeout=0.05)
        assert (inferior.state, inferior.stop) == ("stopped", before)
        assert int(inferior.call("add", 1, 2)) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((1 << 65) + 5,), "36893488147419103237 does not fit in int"),
        ((1 << 32,), "4294967296 does not fit in int"),
        ((-(1 << 31) - 1,), "-2147483649 does not fit in int"),
        (("4",), "a str cannot become int"),
    ],
)
def test_arguments_that_do_not_fit(launch: Any, arguments: tuple[Any, ...], message: str) -> None:
    inferior = launch([programs.build("conditions.c")])
    inferior.advance("main")
    with pytest.raises(trapline.EvaluationError, match=message):
        inferior.call("is_even", *arguments)
    assert int(inferior.call("is_even", 0xFFFFFFFE)) == 1
    assert int(inferior.call("is_even", -2)) == 1
