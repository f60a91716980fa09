"""Threads: born, exiting, many, hot, and what each of them sees of a breakpoint."""

from __future__ import annotations

import collections
from pathlib import Path
from typing import Any

import pytest
from tests.support import processes, programs

import trapline


def test_four_threads_ten_thousand_hits_each(launch: Any) -> None:
    """4 x 10,000 = 40,000: no hit is lost or counted twice, and the program's own count is the same."""
    inferior = launch([programs.build("threads.c"), "4", "10000"], stdout=trapline.PIPE)
    work = inferior.set_breakpoint("work")
    assert inferior.run(lambda *_: None, timeout=100).code == 0
    assert work.hit_count == 40_000
    assert inferior.stdout.read() == b"works 40000\n"


def test_eight_hot_threads_are_served_fairly(launch: Any) -> None:
    """Rule 12: the least share of 8 threads is at least half of the mean, while all of them are hot.

    Three times at most: what else the machine does may keep one thread from a processor for a while; one
    that starved would starve each time.
    """
    least = []
    for _ in range(3):
        inferior = launch([programs.build("threads.c"), "8", "2500"], stdout=trapline.DEVNULL)
        shares: collections.Counter[int] = collections.Counter()

        def count(inferior: Any, point: Any, shares: collections.Counter[int] = shares) -> bool:
            shares[inferior.thread.tid] += 1
            return point.hit_count == 10_000

        inferior.set_breakpoint("work", callback=count)
        inferior.resume(timeout=100)
        least.append(min(shares.values()) if len(shares) == 8 else 0)
        if least[-1] >= 10_000 / 8 / 2:
            return
    pytest.fail(f"the least shares of 10,000 hits were {least}")


def test_the_list_of_threads(launch: Any) -> None:
    """inferior.threads is a tuple with the kernel's tids, the selected one among them."""
    inferior = launch([programs.build("threads.c"), "5", "1"], stdout=trapline.DEVNULL)
    assert [inferior.pid] == [thread.tid for thread in inferior.threads]
    inferior.set_breakpoint("work")
    inferior.resume()
    assert isinstance(inferior.threads, tuple)
    assert {thread.tid for thread in inferior.threads} == set(processes.threads(inferior.pid))
    assert inferior.thread in inferior.threads
    assert {"stopped"} == {thread.state for thread in inferior.threads}
    assert {"threads"} == {thread.name for thread in inferior.threads}


def test_the_numbers_are_in_order_of_birth(launch: Any) -> None:
    """The main thread is number 1; the others count on as they are born."""
    inferior = launch([programs.build("threads.c"), "6", "1"], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("work")
    inferior.resume()
    highest = int(Path("/proc/sys/kernel/pid_max").read_text())  # behind it they begin anew
    born = sorted(inferior.threads, key=lambda thread: (thread.tid - inferior.pid) % highest)
    numbers = [thread.number for thread in born]
    assert sorted(numbers) == numbers
    assert numbers[0] == 1


def test_a_reported_stop_stops_them_all(launch: Any) -> None:
    """When resume() returns every thread is stopped, in the kernel's eyes too."""
    inferior = launch([programs.build("threads.c"), "4", "500"], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("work", ignore_count=50)
    inferior.resume()
    states = [processes.state(inferior.pid, tid) for tid in processes.threads(inferior.pid)]
    assert {"t"} == set(states)


def test_short_lived_threads(launch: Any) -> None:
    """200 threads one after the other, each born and gone: every one is seen, none stays in the list."""
    inferior = launch([programs.build("threads.c"), "200", "1", "short"], stdout=trapline.PIPE)
    tids = set()
    inferior.set_breakpoint("work", callback=lambda inferior, _: tids.add(inferior.thread.tid))
    end = inferior.set_breakpoint("printf")
    assert (end,) == inferior.resume(timeout=60).breakpoints
    assert len(tids) == 200
    assert [inferior.pid] == [thread.tid for thread in inferior.threads]
    assert inferior.run().code == 0
    assert inferior.stdout.read() == b"works 200\n"


def test_hundreds_at_once(launch: Any) -> None:
    """300 threads that hit at the same time."""
    inferior = launch([programs.build("threads.c"), "300", "3"], stdout=trapline.PIPE)
    work = inferior.set_breakpoint("work")
    assert inferior.run(lambda *_: None, timeout=100).code == 0
    assert work.hit_count == 900
    assert inferior.stdout.read() == b"works 900\n"


def test_catching_births_and_ends(launch: Any) -> None:
    """set_catchpoint("clone") reports ThreadStarted; without one nothing of it is heard."""
    inferior = launch([programs.build("threads.c"), "3", "1", "short"], stdout=trapline.DEVNULL)
    inferior.set_catchpoint("clone")
    stops = list(inferior.events())
    started = [stop for stop in stops if isinstance(stop, trapline.ThreadStarted)]
    assert len(started) == 3
    assert len({stop.thread.tid for stop in started}) == 3
    assert stops[-1].status.code == 0


def test_births_and_ends_are_told_to_subscribers(launch: Any) -> None:
    """subscribe() hears of each thread born and gone, and of the exit, without any stop."""
    inferior = launch([programs.build("threads.c"), "3", "1", "short"], stdout=trapline.DEVNULL)
    events: collections.Counter[str] = collections.Counter()
    inferior.subscribe(lambda event: events.update([type(event).__name__]))
    assert inferior.run().code == 0
    assert events["ThreadStarted"] == 3
    assert events["ThreadExited"] == 3
    assert events["Exited"] == 1


def test_selecting_a_thread(launch: Any) -> None:
    """inferior.thread is assignable; frame and steps are the selected thread's."""
    inferior = launch([programs.build("threads.c"), "3", "3"], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("work")
    inferior.resume()
    other = next(thread for thread in inferior.threads if thread != inferior.thread)
    inferior.thread = other
    assert inferior.thread == other
    assert inferior.frame.pc == other.registers.rip


def test_stacks_group_equal_threads(launch: Any) -> None:
    """stacks() groups threads by equal stack: those at the barrier are one group."""
    inferior = launch([programs.build("threads.c"), "6", "1"], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("work")
    inferior.resume()
    groups = inferior.stacks()
    assert len(inferior.threads) == sum(len(threads) for _, threads in groups)
    assert {thread.tid for thread in inferior.threads} == {
        thread.tid for _, threads in groups for thread in threads
    }


def test_a_leader_that_exits_first(launch: Any) -> None:
    """Rule 14: the program goes on without its main thread, its breakpoints and memory with it."""
    program = programs.build("zombie_leader.c")
    inferior = launch(program, stdin=trapline.PIPE, stdout=trapline.PIPE)
    tick = inferior.set_breakpoint("tick")
    inferior.resume_nowait()
    inferior.stdout.read_until(b"ready\n", timeout=20)
    inferior.stdin.write(b"x")
    stop = inferior.wait(timeout=20)
    assert (tick,) == stop.breakpoints
    assert stop.thread.tid != inferior.pid
    counter = programs.symbols(program)["counter"] + stop.frame.pc - programs.symbols(program)["tick"]
    assert inferior.memory.read_integer(counter) == 0
    assert len(inferior.mappings) > 3
    inferior.stdin.close()
    assert inferior.run(timeout=20).code == 6


def test_steps_leave_the_other_threads_alone(launch: Any) -> None:
    """A step of one thread reports that thread; hits of others that arise are reported, none is lost."""
    inferior = launch([programs.build("threads.c"), "4", "100"], stdout=trapline.PIPE)
    work = inferior.set_breakpoint("work")
    inferior.resume()
    mine = inferior.thread
    for _ in range(30):
        stop = inferior.step_instruction()
        assert isinstance(stop, trapline.StepFinished | trapline.BreakpointHit)
        if isinstance(stop, trapline.StepFinished):
            assert stop.thread.tid == mine.tid
        inferior.thread = mine
    assert inferior.run(lambda *_: None, timeout=60).code == 0
    assert work.hit_count == 400
    assert inferior.stdout.read() == b"works 400\n"


@pytest.mark.parametrize("threads", [1, 4])
def test_the_program_may_exit_with_threads_running(launch: Any, threads: int) -> None:
    """The exit of a program with threads in full swing is one Exited with its exact code."""
    inferior = launch([programs.build("busy.c"), str(threads)], stdin=trapline.PIPE, stdout=trapline.PIPE)
    inferior.resume_nowait()
    inferior.stdout.read_until(b"ready\n", timeout=20)
    inferior.stdin.close()
    assert inferior.wait(timeout=20).status.code == 7
    assert inferior.threads == ()
