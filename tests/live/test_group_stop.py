"""Group-stops: SIGSTOP and its kin stop the program itself, debugger or not (KERNEL 34)."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from typing import Any

import pytest
from tests.support import processes, programs

import trapline

STOPPED = {"t", "T"}


def states(pid: int) -> set[str]:
    """Return the state letters of all threads of a process."""
    return {processes.state(pid, tid) for tid in processes.threads(pid)}


def in_group_stop(launch: Any, threads: int = 2) -> Any:
    """Return busy.c, running for us, and in a group-stop by its own account."""
    inferior = launch([programs.build("busy.c"), str(threads)], stdin=trapline.PIPE, stdout=trapline.PIPE)
    inferior.handle_signal("SIGSTOP", stop=False)
    inferior.handle_signal("SIGCONT", stop=False)
    inferior.resume_nowait()
    inferior.stdout.read_until(b"ready\n", timeout=20)
    os.kill(inferior.pid, signal.SIGSTOP)
    stand_still(inferior)
    return inferior


def serve(inferior: Any, seconds: float) -> None:
    """Serve a running inferior for a while."""
    with pytest.raises(trapline.StopTimeout):
        inferior.wait(timeout=seconds)


def stand_still(inferior: Any) -> None:
    """Serve until every thread stands, and see that it stays so and counts no more."""

    def stands() -> bool:
        serve(inferior, 0.02)
        return states(inferior.pid) <= STOPPED

    processes.until(stands, what="the group-stop")
    counter = inferior.symbol("counter").address
    before = inferior.memory.read_integer(counter)
    serve(inferior, 0.05)
    assert states(inferior.pid) <= STOPPED
    assert inferior.memory.read_integer(counter) == before


def move(inferior: Any, before: int) -> None:
    """Serve until the program counts on."""
    counter = inferior.symbol("counter").address

    def moves() -> bool:
        serve(inferior, 0.02)
        return bool(inferior.memory.read_integer(counter) > before)

    processes.until(moves, what="the program to go on")


def go_on(inferior: Any) -> None:
    """End the group-stop, see that every thread runs, and let the program end."""
    before = inferior.memory.read_integer(inferior.symbol("counter").address)
    os.kill(inferior.pid, signal.SIGCONT)
    move(inferior, before)
    inferior.stdin.close()
    assert inferior.wait(timeout=20).status.code == 7


def test_interrupted_in_a_group_stop(launch: Any) -> None:
    """Rules 8 and 34: interrupt() reaches a process that reports nothing; resume() leaves it where it was."""
    inferior = in_group_stop(launch)
    for number in range(3):
        if number == 1:
            timer = threading.Timer(0.05, inferior.interrupt)
            timer.start()
            stop = inferior.wait(timeout=20)
            timer.join()
        else:
            inferior.interrupt()
            stop = inferior.wait(timeout=20)
        assert isinstance(stop, trapline.Interrupted)
        assert all(thread.registers.rip for thread in inferior.threads)
        inferior.resume_nowait()
        stand_still(inferior)
    go_on(inferior)


def test_looked_at_in_a_group_stop(launch: Any) -> None:
    """Rule 34: calls, injected system calls, breakpoints and memory work; afterwards it still stands."""
    inferior = in_group_stop(launch)
    inferior.interrupt()
    inferior.wait(timeout=20)
    for thread in inferior.threads:
        inferior.thread = thread
        assert inferior.syscall("getpid") == inferior.pid
        assert int(inferior.call("getpid", timeout=20)) == inferior.pid
        if thread.tid != inferior.pid:  # which waits for its input
            before = thread.registers.rip
            inferior.step_instruction(timeout=20)
            assert thread.registers.rip != before
    point = inferior.set_breakpoint("tick")
    inferior.memory.write_integer(inferior.symbol("counter"), 5)
    inferior.resume_nowait()
    stand_still(inferior)
    assert inferior.memory.read_integer(inferior.symbol("counter")) == 5
    assert point.hit_count == 0
    os.kill(inferior.pid, signal.SIGCONT)
    assert (point,) == inferior.wait(timeout=20).breakpoints
    point.delete()
    inferior.stdin.close()
    assert inferior.resume(timeout=20).status.code == 7


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU])
def test_each_stop_signal(launch: Any, number: signal.Signals) -> None:
    """Rule 34: each is reported before its delivery; dropped it does nothing, delivered it stops."""
    inferior = launch([programs.build("busy.c"), "2"], stdin=trapline.PIPE, stdout=trapline.PIPE)
    inferior.resume_nowait()
    inferior.stdout.read_until(b"ready\n", timeout=20)
    inferior.handle_signal("SIGCONT", stop=False)
    os.kill(inferior.pid, number)
    stop = inferior.wait(timeout=20)
    assert (trapline.SignalReceived, number) == (type(stop), stop.signal)
    before = inferior.memory.read_integer(inferior.symbol("counter").address)
    inferior.resume_nowait(0)
    move(inferior, before)
    os.kill(inferior.pid, number)
    assert inferior.wait(timeout=20).signal == number
    inferior.resume_nowait()
    stand_still(inferior)
    go_on(inferior)


def test_a_group_stop_among_hot_threads(launch: Any) -> None:
    """Rule 34: stopped and continued twenty times while every thread hits: the counts stay exact."""
    inferior = launch([programs.build("threads.c"), "4", "2000"], stdout=trapline.PIPE)
    inferior.handle_signal("SIGSTOP", stop=False)
    inferior.handle_signal("SIGCONT", stop=False)
    work = inferior.set_breakpoint("work")
    script = (
        "import os, time\n"
        "for _ in range(20):\n"
        "    for number in 19, 18:\n"
        f"        os.kill({inferior.pid}, number); time.sleep(0.005)\n"
    )

    def begin(inferior: Any, point: Any) -> None:
        if point.hit_count == 1:
            children.append(subprocess.Popen(["python3", "-c", script], stderr=subprocess.DEVNULL))

    children: list[subprocess.Popen[bytes]] = []
    assert inferior.run(begin, timeout=60).code == 0
    children[0].wait()
    assert work.hit_count == 8000
    assert inferior.stdout.read() == b"works 8000\n"


def test_detached_in_a_group_stop(attach: Any) -> None:
    """Rule 34: attached while stopped it stays stopped, under resume() and after detach, until SIGCONT."""
    with processes.running(programs.build("busy.c"), "2") as victim:
        os.kill(victim.pid, signal.SIGSTOP)
        processes.until(lambda: states(victim.pid) == {"T"}, what="the group-stop")
        inferior = attach(victim.pid)
        inferior.resume_nowait()
        stand_still(inferior)
        inferior.detach()
        processes.until(lambda: states(victim.pid) == {"T"}, what="the group-stop to be whole again")
        victim.send_signal(signal.SIGCONT)
        victim.communicate(timeout=20)
        assert victim.returncode == 7


def test_killed_in_a_group_stop(launch: Any) -> None:
    """Rule 34: SIGKILL ends a listening process too, and the waiting call says so."""
    inferior = in_group_stop(launch)
    os.kill(inferior.pid, signal.SIGKILL)
    assert inferior.wait(timeout=20).status == trapline.ExitStatus(signal=9)


@pytest.mark.parametrize("how", ["exit", "detach"])
def test_what_another_tracer_left_in_a_group_stop(attach: Any, how: str) -> None:
    """Threads that another tracer had listen, or let go, while they were stopped: they stand until SIGCONT.

    Nobody has told us of that stop; after `resume()` they report nothing, and `interrupt()` still gets in.
    """
    with processes.running(programs.build("busy.c", "-pthread"), "3") as victim:
        leaving = programs.build("leaving_tracer.c")
        left = subprocess.run([leaving, str(victim.pid), how], timeout=60)
        if left.returncode == 2:
            pytest.skip("ptrace among siblings is refused here")
        assert left.returncode == 0
        assert {processes.tracer(victim.pid, tid) for tid in processes.threads(victim.pid)} == {0}
        inferior = attach(victim.pid)
        assert len(inferior.threads) == 4
        counter = inferior.symbol("counter").address
        before = inferior.memory.read_integer(counter)
        inferior.handle_signal("SIGSTOP", stop=False)
        inferior.handle_signal("SIGCONT", stop=False)
        for _ in range(2):
            inferior.resume_nowait()
            stand_still(inferior)
            inferior.interrupt()
            assert isinstance(inferior.wait(timeout=20), trapline.Interrupted)
            assert inferior.memory.read_integer(counter) == before
        inferior.resume_nowait()
        stand_still(inferior)
        os.kill(victim.pid, signal.SIGCONT)
        move(inferior, before)
        inferior.interrupt()
        inferior.wait(timeout=20)
        inferior.detach()
        assert victim.stdin is not None
        victim.stdin.close()
        assert victim.wait(20) == 7
