"""Threads that sit in a system call: stopped there, used for other things there, and let go on."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from tests.support import processes, programs

import trapline

CALLS = {"read": 0, "nanosleep": 35, "poll": 7, "epoll": 232, "futex": 202}
"""What blocked.c waits in, and the number by which the kernel says so."""
ENDED_BY_A_STOP = {"epoll": 232, "msgrcv": 70, "semop": 220, "sigwait": 128}
"""Calls that the kernel ends with EINTR for a mere ptrace stop.  semop is glibc's semtimedop.

Source: signal(7)."""
NUMBERS = CALLS | ENDED_BY_A_STOP
RESULTS = {
    "read": (1, 0),
    "nanosleep": (-1, 4),
    "poll": (1, 0),
    "epoll": (1, 0),
    "futex": (0, 0),
    "msgrcv": (1, 0),
    "semop": (0, 0),
    "sigwait": (12, 0),
}
"""What each gives, and its errno.  The sleep is ended by a signal."""


def waiting(launch: Any, call: str) -> Any:
    """Return blocked.c, running, its main thread asleep in the call."""
    inferior = launch([programs.build("blocked.c"), call, "600"], stdin=trapline.PIPE, stdout=trapline.PIPE)
    inferior.resume_nowait()
    assert inferior.stdout.read_until(b"ready\n", timeout=20)
    serve_until_asleep(inferior, call)
    return inferior


def serve_until_asleep(inferior: Any, call: str) -> None:
    """Serve the running inferior (threads are born meanwhile) until its main thread sleeps in the call."""

    def is_asleep() -> bool:
        with pytest.raises(trapline.StopTimeout):
            inferior.wait(timeout=0.001)
        return processes.blocked_in(inferior.pid) in (NUMBERS[call], processes.RESTART_SYSCALL)

    processes.until(is_asleep, what=f"the main thread to sleep in {call}")


def interrupted(launch: Any, call: str) -> Any:
    """Return blocked.c, stopped in the call, its main thread selected."""
    inferior = waiting(launch, call)
    inferior.interrupt()
    assert isinstance(inferior.wait(timeout=20), trapline.Interrupted)
    inferior.thread = next(thread for thread in inferior.threads if thread.tid == inferior.pid)
    return inferior


def finish(inferior: Any, call: str) -> None:
    """Let the call complete, and see that it gave the program what it would have without us."""
    # A futex whose word changed before the call was begun again would say EAGAIN, and rightly.
    inferior.handle_signal("SIGUSR1", stop=False, deliver=True)
    inferior.resume_nowait()
    serve_until_asleep(inferior, call)
    if call == "nanosleep":  # too long to be waited for: that it goes on is seen above, and a signal ends it
        os.kill(inferior.pid, signal.SIGUSR1)
    else:
        inferior.stdin.write(b"x")
    assert inferior.run(timeout=20).code == 0
    assert inferior.stdout.read() == b"result %d errno %d\n" % RESULTS[call]


@pytest.mark.parametrize("call", NUMBERS)
def test_stops_do_not_end_a_call(launch: Any, call: str) -> None:
    """Rule 18: interrupted five times while it sleeps, the program never sees EINTR."""
    inferior = interrupted(launch, call)
    for _ in range(4):
        inferior.resume_nowait()
        serve_until_asleep(inferior, call)
        inferior.interrupt()
        inferior.wait(timeout=20)
    finish(inferior, call)


@pytest.mark.parametrize("call", NUMBERS)
def test_a_signal_does_end_a_call(launch: Any, call: str) -> None:
    """Rule 18: a rewound call ends with EINTR after all when a handled signal comes: -1 and errno 4."""
    inferior = interrupted(launch, call)
    inferior.handle_signal("SIGUSR1", stop=False, deliver=True)
    processes.send_to_thread(inferior.pid, inferior.pid, signal.SIGUSR1)
    inferior.resume_nowait()
    line = inferior.stdout.readline() if call in ("read", "nanosleep", "poll", "epoll") else b""
    inferior.stdin.close()
    status = inferior.exit_status or inferior.run(timeout=20)
    assert status.code == 0
    assert line + inferior.stdout.read() == b"result -1 errno 4\n"


@pytest.mark.parametrize("call", NUMBERS)
def test_a_function_called_meanwhile(launch: Any, call: str) -> None:
    """Rule 10: call() in a thread that sleeps in the kernel; afterwards the sleep goes on as it was."""
    inferior = interrupted(launch, call)
    before = {name: inferior.thread.registers[name] for name in inferior.thread.registers}
    assert int(inferior.call("add", 20, 22)) == 42
    assert before == {name: inferior.thread.registers[name] for name in inferior.thread.registers}
    assert int(inferior.call("add", 1, 2)) == 3
    finish(inferior, call)


@pytest.mark.parametrize("call", NUMBERS)
def test_a_system_call_made_meanwhile(launch: Any, call: str) -> None:
    """Rule 10: syscall() in a thread that sleeps in the kernel; no register is left changed."""
    inferior = interrupted(launch, call)
    before = {name: inferior.thread.registers[name] for name in inferior.thread.registers}
    for _ in range(3):
        assert inferior.syscall("getpid") == inferior.pid
    assert inferior.syscall("close", 999) == -9  # EBADF
    assert before == {name: inferior.thread.registers[name] for name in inferior.thread.registers}
    finish(inferior, call)


@pytest.mark.parametrize("call", NUMBERS)
@pytest.mark.parametrize("way", ["register", "jump"])
def test_a_pc_that_is_written_is_where_it_goes_on(launch: Any, call: str, way: str) -> None:
    """Rule 10: the kernel would restart the call two bytes before the new pc; it must not."""
    inferior = interrupted(launch, call)
    first, second = (line.address for line in inferior.disassemble("leave", 2))
    if way == "register":
        inferior.thread.registers.rip = first
    else:
        inferior.jump("*leave")
    assert isinstance(inferior.step_instruction(timeout=20), trapline.StepFinished)
    assert inferior.thread.registers.rip == second
    assert inferior.run(timeout=20).code == 33


@pytest.mark.parametrize("call", NUMBERS)
def test_a_breakpoint_where_the_pc_is_written(launch: Any, call: str) -> None:
    """Rules 10 and 25: a jump to a breakpoint hits it, without a step in between too."""
    inferior = interrupted(launch, call)
    leave = inferior.set_breakpoint("*leave")
    inferior.jump("*leave")
    assert (leave,) == inferior.resume(timeout=20).breakpoints
    assert leave.hit_count == 1
    assert inferior.resume(timeout=20).status.code == 33


@pytest.mark.parametrize("call", ["epoll", "msgrcv", "futex"])
def test_hits_of_another_thread_do_not_end_a_call(launch: Any, call: str) -> None:
    """Rule 18: a function called in one thread lets the others run and stops them again: no EINTR in them."""
    inferior = interrupted(launch, call)
    for thread in inferior.threads:
        inferior.thread = thread
        assert int(inferior.call("add", thread.tid, 1)) == thread.tid + 1
    finish(inferior, call)


@pytest.mark.parametrize("call", ["read", "futex"])
def test_a_step_that_waits(launch: Any, call: str) -> None:
    """Rule 23: a step into a call that waits can time out: then it is running, interrupt() ends the step, and
    going on is not taken for the rest of it; a second thread stays stopped meanwhile."""
    inferior = interrupted(launch, call)
    with pytest.raises(trapline.StopTimeout):
        inferior.step_instruction(timeout=0.1)
    assert inferior.state == trapline.State.RUNNING
    with pytest.raises(trapline.NotStopped):
        inferior.step_instruction()
    assert inferior.interrupt() is True
    stop = inferior.wait(timeout=20)
    assert isinstance(stop, trapline.Interrupted)
    assert inferior.state == trapline.State.STOPPED
    assert inferior.interrupt() is False
    finish(inferior, call)


def test_a_sleep_that_ends(launch: Any) -> None:
    """Rule 18: interrupted when it has just begun, or even over, it gives 0."""
    inferior = launch([programs.build("blocked.c"), "nanosleep"], stdout=trapline.PIPE)
    entered = inferior.set_catchpoint("syscall", "nanosleep")
    assert isinstance(inferior.resume(timeout=20), trapline.SyscallEntry)
    entered.delete()
    inferior.resume_nowait()
    inferior.interrupt()
    stop = inferior.wait(timeout=20)
    if isinstance(stop, trapline.Interrupted):
        stop = inferior.resume(timeout=20)
    assert stop.status.code == 0
    assert inferior.stdout.read() == b"ready\nresult 0 errno 0\n"


def test_a_step_that_waits_and_ends(launch: Any) -> None:
    """Rule 23: after the time is up wait() gives the step's own end, once the call has returned."""
    inferior = interrupted(launch, "read")
    with pytest.raises(trapline.StopTimeout):
        inferior.step_instruction(timeout=0.1)
    inferior.stdin.write(b"x")
    assert isinstance(inferior.wait(timeout=20), trapline.StepFinished)
    assert inferior.thread.registers.rax == 1
    assert inferior.run(timeout=20).code == 0


def test_submitted_during_a_step_that_waits(launch: Any) -> None:
    """What is submitted meanwhile runs with the thread stopped, and the step goes on alone."""
    inferior = interrupted(launch, "read")
    with pytest.raises(trapline.StopTimeout):
        inferior.step_instruction(timeout=0.1)
    asked = inferior.submit(lambda: inferior.thread.registers.orig_rax)
    while not asked.done():
        with pytest.raises(trapline.StopTimeout):
            inferior.wait(timeout=0.1)
    assert asked.result(0) == CALLS["read"]
    inferior.stdin.write(b"x")
    assert isinstance(inferior.wait(timeout=20), trapline.StepFinished)
    assert inferior.run(timeout=20).code == 0
