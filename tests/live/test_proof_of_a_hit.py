"""What is a hit and what is not: traps told from steps, hardware traps, kill(2) and int3s of the program."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from typing import Any

import pytest
from tests.support import processes, programs

import trapline


def test_a_hardware_trap_behind_a_one_byte_trap(launch: Any) -> None:
    """Rule 4: the slot of `push rbp` jumps to trap+1, where a debug register stops it: no second push."""
    inferior = launch([programs.build("hits.c"), "300"], stdout=trapline.PIPE)
    inferior.advance("main")
    first, second = inferior.disassemble("one", 2)
    assert (first.size, first.text.split()[0]) == (1, "push")
    trap = inferior.set_breakpoint(first.address)
    behind = inferior.set_breakpoint(second.address, hardware=True)
    assert inferior.run(lambda *_: None).code == 0
    assert (trap.hit_count, behind.hit_count) == (300, 300)
    assert inferior.stdout.read() == b"ones 300 twos 0 sum 45150\n"


def test_steps_from_and_over_one_byte_traps(launch: Any) -> None:
    """Rule 4: every call is stepped through from its `push rbp`; the sum stays right."""
    inferior = launch([programs.build("hits.c"), "20"], stdout=trapline.PIPE)
    trap = inferior.set_breakpoint("*one")
    for number in range(20):
        assert isinstance(inferior.resume(), trapline.BreakpointHit)
        before = inferior.thread.registers.rsp
        assert isinstance(inferior.step_instruction(), trapline.StepFinished)
        assert inferior.thread.registers.rip == trap.locations[0].address + 1
        assert inferior.thread.registers.rsp == before - 8
        assert trap.hit_count == number + 1
    assert inferior.run().code == 0
    assert inferior.stdout.read() == b"ones 20 twos 0 sum 210\n"


def test_a_storm_of_sigtraps(launch: Any) -> None:
    """Rule 4: kill -TRAP at random moments has si_code 0: never a hit, wherever the thread stands."""
    inferior = launch([programs.build("hits.c"), "5000"], stdout=trapline.PIPE)
    inferior.handle_signal("SIGTRAP", stop=False, deliver=False)
    trap = inferior.set_breakpoint("*one")
    script = f"import os\ntry:\n while True: os.kill({inferior.pid}, 5)\nexcept OSError: 0"
    with subprocess.Popen([sys.executable, "-c", script]) as sender:
        assert inferior.run(lambda *_: None, timeout=60).code == 0
        sender.kill()
    assert trap.hit_count == 5000
    assert inferior.stdout.read() == b"ones 5000 twos 0 sum 12502500\n"


def test_hits_while_everything_is_being_stopped(launch: Any) -> None:
    """Rule 24: four hot threads, each hit a reported stop: those undone by a stop are taken again, once."""
    inferior = launch([programs.build("threads.c"), "4", "100"], stdout=trapline.PIPE)
    work = inferior.set_breakpoint("work")
    reported: Counter[int] = Counter()
    for stop in inferior.events():
        if isinstance(stop, trapline.BreakpointHit):
            reported[stop.thread.tid] += 1
            assert stop.thread.registers.rip == work.locations[0].address
    assert sorted(reported.values()) == [100] * 4
    assert work.hit_count == 400
    assert inferior.stdout.read() == b"works 400\n"


def test_traps_that_come_and_go_under_hot_threads(launch: Any) -> None:
    """Rule 24: taken out while four threads run into it: no late SIGTRAP is heard, no call is lost."""
    inferior = launch([programs.build("threads.c"), "4", "3000"], stdout=trapline.PIPE)
    choose = random.Random(3)

    def flip(_: Any, point: Any) -> None:
        others = [one for one in inferior.breakpoints if one.id != point.id]
        for other in others:
            other.enable() if choose.random() < 0.5 else other.disable()
        if choose.random() < 0.1:
            inferior.pause_threads()

    inferior.advance("main")
    lines = [line.address for line in inferior.disassemble("work", 5)]
    points = [inferior.set_breakpoint(address, callback=flip) for address in lines]
    steady = inferior.set_breakpoint("*run", callback=flip)
    assert inferior.run(timeout=100).code == 0
    assert steady.hit_count == 4
    assert all(0 < point.hit_count <= 12_000 for point in points)
    assert inferior.stdout.read() == b"works 12000\n"


@pytest.mark.parametrize("how", ["all", "nothing", "ignored"])
@pytest.mark.parametrize("hardware", [False, True])
def test_a_mask_and_a_disposition_survive_a_hit(launch: Any, how: str, hardware: bool) -> None:
    """Rule 17: the kernel unblocks SIGTRAP for an int3; afterwards it is blocked or not as it was before."""
    inferior = launch([programs.build("masked.c"), how], stdout=trapline.PIPE)
    inferior.advance("main")
    work = inferior.set_breakpoint("work", hardware=hardware)
    assert inferior.run(lambda *_: None, timeout=20).code == 0
    assert work.hit_count == 5
    assert inferior.stdout.read().startswith(b"blocked %d usr1 %d" % ((how == "all",) * 2))


def test_a_mask_survives_stops_and_steps(launch: Any) -> None:
    """Rule 17: the same with reported stops, single steps, and after the breakpoint was deleted."""
    inferior = launch([programs.build("masked.c"), "all"], stdout=trapline.PIPE)
    work = inferior.set_breakpoint("work")
    for _ in range(3):
        assert (work,) == inferior.resume().breakpoints
        inferior.step_instruction(2)
    work.delete()
    assert inferior.run(timeout=20).code == 0
    assert inferior.stdout.read().startswith(b"blocked 1 usr1 1")


def test_a_shared_mapping_is_left_alone(launch: Any) -> None:
    """Rule 29: writable shared memory: data is written to all who share it, a trap is refused."""
    inferior = launch(programs.build("memory.c"), stdout=trapline.DEVNULL)
    inferior.set_breakpoint("look", temporary=True)
    inferior.resume()
    shared = inferior.memory.read_pointer(inferior.symbol("shared"))
    assert inferior.memory.read_c_string(shared) == b"shared"
    with pytest.raises(trapline.LocationError, match="hardware=True"):
        inferior.set_breakpoint(shared)
    inferior.memory.write(shared, b"S")
    assert inferior.memory.read_c_string(shared) == b"Shared"
    assert inferior.breakpoints == ()


def test_where_forced_writes_are_refused(launch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule 29: a kernel that refuses forced writes through /proc/PID/mem still takes PTRACE_POKEDATA."""
    inferior = launch([programs.build("hits.c"), "30"], stdout=trapline.PIPE)
    inferior.advance("main")

    def refuse(descriptor: int, data: bytes, at: int) -> int:
        raise OSError(errno.EIO, "forced writes are refused")

    monkeypatch.setattr(os, "pwrite", refuse)
    one = inferior.set_breakpoint("one")
    assert inferior.run(lambda *_: None, timeout=20).code == 0
    assert one.hit_count == 30
    assert inferior.stdout.read() == b"ones 30 twos 0 sum 465\n"


def test_int3s_of_the_program_beside_ours(launch: Any) -> None:
    """Rules 4 and 26: own int3s between hits are signals with the pc behind them, in the program's order."""
    inferior = launch(programs.build("own_sigtrap.c"), stdout=trapline.DEVNULL)
    work = inferior.set_breakpoint("work")
    kinds = [type(stop).__name__ for stop in inferior.events()]
    assert kinds == ["BreakpointHit", "SignalReceived"] * 5 + ["Exited"]
    assert work.hit_count == 5


def test_detach_under_hot_traps() -> None:
    """Rules 5 and 24: a thread that has run an int3, or whose debug register has fired, when it is
    interrupted reports that first: the SIGTRAP behind it must not outlive a detach."""
    choose = random.Random(11)
    with processes.running(programs.build("busy.c"), "2") as victim:
        for _ in range(200):
            with trapline.attach(victim.pid) as inferior:
                for line in inferior.disassemble("tick", 4):
                    point = inferior.set_breakpoint(line.address, callback=lambda *_: None)
                if choose.random() < 0.5:
                    inferior.set_watchpoint(inferior.symbol("counter"), length=8, callback=lambda *_: None)
                if choose.random() < 0.5:
                    inferior.resume_nowait()
                else:
                    point.callback = None
                    assert isinstance(inferior.resume(timeout=20), trapline.BreakpointHit)
        victim.communicate(timeout=20)
        assert victim.returncode == 7


def test_system_calls_of_ours_under_hot_traps(launch: Any) -> None:
    """Rules 10 and 24: a call in every thread, wherever the stop of another found it; no hit is lost."""
    inferior = launch([programs.build("threads.c"), "4", "150"], stdout=trapline.PIPE)
    work = inferior.set_breakpoint("*work")
    hits = 0
    for stop in inferior.events():
        if isinstance(stop, trapline.BreakpointHit):
            hits += 1
            for thread in inferior.threads:
                inferior.thread = thread
                assert inferior.syscall("gettid") == thread.tid
    assert hits == work.hit_count == 600
    assert inferior.stdout.read() == b"works 600\n"


def test_a_killed_thread_beside_hits(launch: Any) -> None:
    """Rule 24: the process is killed while its threads' hits wait to be judged: the end is exact."""
    for delay in range(8):
        with trapline.launch(
            [programs.build("threads.c"), "4", "1000000"], stdout=trapline.DEVNULL
        ) as inferior:
            inferior.set_breakpoint("work", ignore_count=10**9)
            timer = threading.Timer(delay / 200, os.kill, (inferior.pid, signal.SIGKILL))
            timer.start()
            assert inferior.resume(timeout=30).status == trapline.ExitStatus(signal=9)
            timer.join()
            assert not processes.exists(inferior.pid)
