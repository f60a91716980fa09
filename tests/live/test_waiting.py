"""Waiting and asking from outside: timeouts, interrupt(), submit(), subscribe(), several inferiors.

KERNEL rules 3 (signal handlers), 8 (interrupt) and 23 (timeouts).
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.support import processes, programs

import trapline


@pytest.fixture
def spinning(launch: Any) -> Any:
    """A program that runs for ever in one thread, without a system call, running."""
    inferior = launch(programs.build("spin.c"), stdout=trapline.PIPE)
    inferior.resume_nowait()
    inferior.stdout.read_until(b"ready\n", timeout=20)
    return inferior


@pytest.fixture
def busy(launch: Any) -> Any:
    """A program with three busy threads, running; the end of its stdin ends it with 7."""
    inferior = launch([programs.build("busy.c"), "3"], stdin=trapline.PIPE, stdout=trapline.PIPE)
    inferior.resume_nowait()
    inferior.stdout.read_until(b"ready\n", timeout=20)
    return inferior


@pytest.fixture
def other_thread() -> Iterator[Callable[[Callable[[], Any]], threading.Thread]]:
    """Start functions in threads of their own, which are joined at the end."""
    started: list[threading.Thread] = []

    def start(function: Callable[[], Any]) -> threading.Thread:
        thread = threading.Thread(target=function)
        started.append(thread)
        thread.start()
        return thread

    yield start
    for thread in started:
        thread.join(30)


def while_waiting(act: Callable[[], Any]) -> Callable[[], None]:
    """Return a function that does `act()` once the owner sleeps in a wait for its tracees."""

    def run() -> None:
        processes.wait_blocked(os.getpid(), 61, threading.main_thread().native_id)
        act()

    return run


def all_at_a_breakpoint(busy: Any) -> None:
    """Wait, and serve nothing meanwhile, until the three threads that are busy have trapped."""
    processes.until(
        lambda: [processes.state(busy.pid, tid) for tid in processes.threads(busy.pid)].count("t") == 3,
        what="three threads at the breakpoint",
    )


# -- timeouts -------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["resume", "run", "wait", "step_instruction", "finish", "until", "advance"])
def test_a_timeout_leaves_it_running(launch: Any, verb: str) -> None:
    """Rule 23: StopTimeout, also a TimeoutError; afterwards it runs, and what needs a stop says so."""
    inferior = launch(programs.build("spin.c"), stdout=trapline.DEVNULL)
    inferior.advance("main")
    begin = time.monotonic()
    with pytest.raises(TimeoutError) as caught:
        match verb:
            case "wait":
                inferior.resume_nowait()
                inferior.wait(timeout=0.1)
            case "step_instruction":
                inferior.step_instruction(10**9, timeout=0.1)
            case "until":
                inferior.until("exit", timeout=0.1)
            case "advance":
                inferior.advance("exit", timeout=0.1)
            case _:
                getattr(inferior, verb)(timeout=0.1)
    assert isinstance(caught.value, trapline.StopTimeout)
    assert time.monotonic() - begin >= 0.1
    if verb == "step_instruction":
        return  # between two steps it may be stopped
    assert inferior.state == trapline.State.RUNNING
    calls: list[Callable[[], Any]] = [
        inferior.resume,
        inferior.step_instruction,
        inferior.finish,
        lambda: inferior.thread.registers.rip,
        lambda: inferior.set_breakpoint("turn"),
        lambda: inferior.syscall("getpid"),
        lambda: inferior.jump("turn"),
    ]
    for call in calls:
        with pytest.raises(trapline.NotStopped):
            call()
    inferior.interrupt()
    assert isinstance(inferior.wait(timeout=20), trapline.Interrupted)
    assert inferior.thread.registers.rip


def test_hits_after_a_timeout_wait_for_the_next_wait(busy: Any) -> None:
    """Rule 23: unserved hits stay in the kernel; wait() serves them: none is lost or counted twice."""
    busy.interrupt()
    busy.wait(timeout=20)
    seen = []
    tick = busy.set_breakpoint("tick", callback=lambda *_: seen.append(1))

    def times_out() -> int:
        with pytest.raises(trapline.StopTimeout):
            busy.resume(timeout=0.02) if busy.state == "stopped" else busy.wait(timeout=0.02)
        assert busy.state == trapline.State.RUNNING
        assert tick.hit_count == len(seen)
        return len(seen)

    for _ in range(5):
        times_out()
    processes.until(times_out, what="a hit")
    busy.interrupt()
    busy.wait(timeout=20)
    tick.delete()
    busy.stdin.close()
    assert busy.run(timeout=20).code == 7


def test_a_timeout_that_is_not_needed(launch: Any) -> None:
    """A call that ends in time leaves no timer behind, and none that stops a later one."""
    inferior = launch([programs.build("hits.c"), "5"], stdout=trapline.DEVNULL)
    one = inferior.set_breakpoint("one")
    for _ in range(5):
        assert (one,) == inferior.resume(timeout=60).breakpoints
    assert inferior.run(timeout=60).code == 0


def test_a_timeout_of_nothing(busy: Any) -> None:
    """Zero seconds: served once and given up, whatever is ready."""
    with pytest.raises(trapline.StopTimeout):
        busy.wait(timeout=0)
    busy.interrupt()
    assert isinstance(busy.wait(timeout=20), trapline.Interrupted)


# -- interrupt ------------------------------------------------------------------------------------


def test_interrupt_from_another_thread(spinning: Any, other_thread: Any) -> None:
    """Rule 8: the wait returns Interrupted, again and again; the program never notices."""
    for _ in range(30):
        other_thread(while_waiting(spinning.interrupt))
        stop = spinning.wait(timeout=20)
        assert isinstance(stop, trapline.Interrupted)
        assert stop.thread.tid == spinning.pid
        spinning.resume_nowait()


def test_interrupt_before_the_wait(busy: Any) -> None:
    """Rule 8: from the owner's own thread, while nobody waits."""
    for _ in range(30):
        assert busy.interrupt() is True
        assert isinstance(busy.wait(timeout=20), trapline.Interrupted)
        busy.resume_nowait()


def test_interrupt_from_a_signal_handler(spinning: Any) -> None:
    """Rules 3 and 8: a Python handler that runs inside the wait (PEP 475) can end it."""
    former = signal.signal(signal.SIGALRM, lambda *_: spinning.interrupt())
    try:
        for _ in range(10):
            signal.setitimer(signal.ITIMER_REAL, 0.01)
            assert isinstance(spinning.wait(timeout=20), trapline.Interrupted)
            spinning.resume_nowait()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


def test_interrupt_from_a_callback(busy: Any) -> None:
    """Rule 8: asked for in a callback, the stop comes when it has ended, whoever else has hit."""
    busy.interrupt()
    busy.wait(timeout=20)
    tick = busy.set_breakpoint("tick", callback=lambda inferior, _: inferior.interrupt() and None)
    busy.resume_nowait()
    all_at_a_breakpoint(busy)
    stop = busy.wait(timeout=20)
    assert isinstance(stop, trapline.Interrupted)
    assert tick.hit_count == 1


def test_interrupt_of_a_stopped_inferior_does_nothing(launch: Any) -> None:
    """Rule 8 c: False, and the next resume() is not cut short."""
    inferior = launch([programs.build("hits.c"), "2"], stdout=trapline.DEVNULL)
    one = inferior.set_breakpoint("one")
    for _ in range(2):
        assert inferior.interrupt() is False
        assert (one,) == inferior.resume(timeout=20).breakpoints
    assert inferior.run(timeout=20).code == 0
    assert inferior.interrupt() is False


def test_interrupts_that_race_with_stops(launch: Any, other_thread: Any) -> None:
    """Rule 8 c: a storm from two threads over a loop of hits: every hit is reported, none is lost."""
    hits = 400
    inferior = launch([programs.build("hits.c"), str(hits)], stdout=trapline.PIPE)
    one = inferior.set_breakpoint("one")
    over = threading.Event()

    def storm() -> None:
        while not over.is_set():
            inferior.interrupt()
            over.wait(0.0005)

    for _ in range(2):
        other_thread(storm)
    kinds = []
    try:
        while not isinstance(stop := inferior.resume(timeout=60), trapline.Exited):
            kinds.append(type(stop))
    finally:
        over.set()
    assert kinds.count(trapline.BreakpointHit) == one.hit_count == hits
    assert set(kinds) <= {trapline.BreakpointHit, trapline.Interrupted}
    assert stop.status.code == 0


@pytest.mark.parametrize("sender", ["another thread", "this thread"])
def test_interrupt_in_a_group_stop(launch: Any, other_thread: Any, sender: str) -> None:
    """Rule 8 a: under PTRACE_LISTEN nothing is reported, yet interrupt() ends the wait."""
    inferior = launch([programs.build("busy.c"), "2"], stdin=trapline.PIPE, stdout=trapline.PIPE)
    inferior.handle_signal("SIGSTOP", stop=False, deliver=True)
    inferior.handle_signal("SIGCONT", stop=False, deliver=True)
    inferior.resume_nowait()
    inferior.stdout.read_until(b"ready\n", timeout=20)
    os.kill(inferior.pid, signal.SIGSTOP)

    def stands() -> bool:
        with pytest.raises(trapline.StopTimeout):
            inferior.wait(timeout=0.02)
        return {processes.state(inferior.pid, tid) for tid in processes.threads(inferior.pid)} == {"t"}

    processes.until(stands, what="the group-stop")
    if sender == "another thread":
        other_thread(inferior.interrupt)
    else:
        inferior.interrupt()
    assert isinstance(inferior.wait(timeout=20), trapline.Interrupted)
    inferior.resume_nowait()
    os.kill(inferior.pid, signal.SIGCONT)
    inferior.stdin.close()
    assert inferior.wait(timeout=20).status.code == 7


def test_a_continue_signal_does_not_eat_an_interrupt(busy: Any, other_thread: Any) -> None:
    """Rule 8: SIGCONT discards a SIGSTOP of ours that is pending; the next interrupt() works all the same."""
    busy.interrupt()
    busy.wait(timeout=20)
    busy.handle_signal("SIGCONT", stop=False, deliver=True)
    busy.resume_nowait()
    for _ in range(20):
        other_thread(busy.interrupt).join()
        os.kill(busy.pid, signal.SIGCONT)
        assert isinstance(busy.wait(timeout=20), trapline.Interrupted)
        busy.resume_nowait()


def test_detach_swallows_an_interrupt_that_is_under_way(other_thread: Any) -> None:
    """Rule 8 b: our SIGSTOP is drained before PTRACE_DETACH: the process runs on, not stopped (T)."""
    with processes.running(programs.build("busy.c"), "2") as victim:
        for _ in range(20):
            with trapline.attach(victim.pid) as inferior:
                inferior.resume_nowait()
                other_thread(inferior.interrupt).join()
            for tid in processes.threads(victim.pid):
                assert processes.state(victim.pid, tid) in "RSD"
        victim.stdin.close()
        assert victim.wait(20) == 7


def test_keyboard_interrupt_leaves_it_stopped(spinning: Any, other_thread: Any) -> None:
    """Ctrl-C raises KeyboardInterrupt with the inferior stopped; it goes on afterwards."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        for _ in range(5):
            other_thread(while_waiting(lambda: os.kill(os.getpid(), signal.SIGINT)))
            with pytest.raises(KeyboardInterrupt):
                spinning.wait(timeout=20)
            assert spinning.state == trapline.State.STOPPED
            assert spinning.thread.registers.rip
            spinning.resume_nowait()
    finally:
        signal.signal(signal.SIGINT, former)


# -- submit ---------------------------------------------------------------------------------------


def test_submit_runs_on_the_owners_thread(spinning: Any, other_thread: Any) -> None:
    """A running inferior is paused for it and goes on unreported; its result is a future's."""
    futures = []

    def look() -> tuple[int, int]:
        return threading.get_ident(), spinning.thread.registers.rip

    def ask() -> None:
        for _ in range(20):
            futures.append(spinning.submit(look))
            futures[-1].result(20)
        spinning.interrupt()

    other_thread(while_waiting(ask))
    assert isinstance(spinning.wait(timeout=20), trapline.Interrupted)
    assert len(futures) == 20
    assert {future.result(0)[0] for future in futures} == {threading.get_ident()}


def test_what_a_submitted_function_raises_is_its_futures(spinning: Any, other_thread: Any) -> None:
    """The wait goes on; the exception is the submitter's."""
    caught = []

    def ask() -> None:
        caught.append(spinning.submit(lambda: 1 / 0).exception(20))
        spinning.interrupt()

    other_thread(while_waiting(ask))
    assert isinstance(spinning.wait(timeout=20), trapline.Interrupted)
    assert isinstance(caught[0], ZeroDivisionError)


def test_a_submitted_function_may_set_a_breakpoint(busy: Any, other_thread: Any) -> None:
    """The safe point is a full stop: anything may be done there."""
    other_thread(while_waiting(lambda: busy.submit(lambda: busy.set_breakpoint("tick"))))
    stop = busy.wait(timeout=20)
    assert stop.breakpoints == busy.breakpoints


def test_submitted_to_a_stopped_inferior(launch: Any, other_thread: Any) -> None:
    """It runs when the owner comes by: at the next resume, before anything runs."""
    inferior = launch([programs.build("hits.c"), "3"], stdout=trapline.DEVNULL)
    main = inferior.symbol("main").address
    futures = []
    other_thread(lambda: futures.append(inferior.submit(lambda: inferior.set_breakpoint(main)))).join()
    assert not futures[0].done()
    assert inferior.resume(timeout=20).breakpoints == (futures[0].result(0),)


def test_submitted_after_the_end(launch: Any, other_thread: Any) -> None:
    """Nobody will ever come by: the future says so at once instead of waiting for ever."""
    inferior = launch(programs.build("twelve.c"))
    inferior.run()
    futures = []
    other_thread(lambda: futures.append(inferior.submit(lambda: 1))).join()
    assert isinstance(futures[0].exception(5), trapline.InferiorExited)


def test_submitted_when_it_ends(launch: Any, other_thread: Any) -> None:
    """What was submitted before the exit, and not run, is told of the exit."""
    inferior = launch(programs.build("twelve.c"))
    futures = []
    other_thread(lambda: futures.append(inferior.submit(lambda: inferior.pid))).join()
    inferior.kill()
    assert isinstance(futures[0].exception(5), trapline.InferiorExited)


# -- several inferiors ----------------------------------------------------------------------------


def test_the_first_stop_of_several(launch: Any) -> None:
    """trapline.wait(a, b): whose stop it is is in the stop; the others run on."""
    spinning = launch(programs.build("spin.c"), stdout=trapline.DEVNULL)
    hits = launch([programs.build("hits.c"), "3"], stdout=trapline.DEVNULL)
    one = hits.set_breakpoint("one")
    spinning.resume_nowait()
    for _ in range(3):
        hits.resume_nowait()
        stop = trapline.wait(spinning, hits, timeout=20)
        assert (stop.inferior, stop.breakpoints) == (hits, (one,))
        assert spinning.state == trapline.State.RUNNING
    hits.resume_nowait()
    stop = trapline.wait(spinning, hits, timeout=20)
    assert (stop.inferior, stop.status.code) == (hits, 0)
    with pytest.raises(trapline.StopTimeout):
        trapline.wait(spinning, hits, timeout=0.05)
    spinning.interrupt()
    assert trapline.wait(spinning, hits, timeout=20).inferior is spinning
    with pytest.raises(trapline.NotRunning):
        trapline.wait(spinning, hits, timeout=20)


def test_both_of_two_stop(launch: Any) -> None:
    """Stops that come at the same time are returned one after the other."""
    inferiors = [launch([programs.build("hits.c"), "1"], stdout=trapline.DEVNULL) for _ in range(4)]
    for inferior in inferiors:
        inferior.set_breakpoint("one")
        inferior.resume_nowait()
    seen = []
    while len(seen) < 4:
        stop = trapline.wait(*inferiors, timeout=20)
        assert isinstance(stop, trapline.BreakpointHit)
        seen.append(stop.inferior)
    assert set(seen) == set(inferiors)
    for inferior in inferiors:
        inferior.resume_nowait()
    codes = [trapline.wait(*inferiors, timeout=20).status.code for _ in inferiors]
    assert codes == [0] * 4


@pytest.mark.parametrize("which", [0, 1])
def test_interrupt_and_submit_to_one_of_two(launch: Any, other_thread: Any, which: int) -> None:
    """Either of those that are waited for can be asked from outside."""
    both = [launch(programs.build("spin.c"), stdout=trapline.DEVNULL) for _ in range(2)]
    for inferior in both:
        inferior.resume_nowait()
    chosen = both[which]
    pids = []

    def ask() -> None:
        pids.append(chosen.submit(lambda: chosen.syscall("getpid")).result(20))
        chosen.interrupt()

    other_thread(while_waiting(ask))
    stop = trapline.wait(*both, timeout=20)
    assert (type(stop), stop.inferior) == (trapline.Interrupted, chosen)
    assert pids == [chosen.pid]
    assert both[1 - which].state == trapline.State.RUNNING


def test_a_keyboard_interrupt_stops_all_that_are_waited_for(launch: Any, other_thread: Any) -> None:
    """Ctrl-C in trapline.wait(): KeyboardInterrupt, every one of them stopped."""
    both = [launch(programs.build("spin.c"), stdout=trapline.DEVNULL) for _ in range(2)]
    for inferior in both:
        inferior.resume_nowait()
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    other_thread(while_waiting(lambda: os.kill(os.getpid(), signal.SIGINT)))
    try:
        with pytest.raises(KeyboardInterrupt):
            trapline.wait(*both, timeout=20)
    finally:
        signal.signal(signal.SIGINT, former)
    assert [inferior.state for inferior in both] == ["stopped", "stopped"]


# -- resume_nowait and wait -----------------------------------------------------------------------


def test_nothing_is_served_outside_a_waiting_call(busy: Any) -> None:
    """A hit after resume_nowait() waits in the kernel until somebody waits."""
    busy.interrupt()
    busy.wait(timeout=20)
    seen = []
    busy.set_breakpoint("tick", callback=lambda *_: bool(seen.append(1)) or len(seen) == 3)
    busy.resume_nowait()
    all_at_a_breakpoint(busy)
    assert seen == []
    assert isinstance(busy.wait(timeout=20), trapline.BreakpointHit)
    assert len(seen) == 3


def test_wait_of_a_stopped_one(launch: Any) -> None:
    """NotRunning, saying what to do."""
    inferior = launch(programs.build("twelve.c"))
    with pytest.raises(trapline.NotRunning, match="resume"):
        inferior.wait(timeout=5)
    assert inferior.run().code == 12


def test_leaving_an_events_loop(launch: Any) -> None:
    """`break` leaves it stopped where it is; a new loop goes on from there."""
    inferior = launch([programs.build("hits.c"), "6"], stdout=trapline.DEVNULL)
    one = inferior.set_breakpoint("one")
    for stop in inferior.events():
        assert stop.breakpoints == (one,)
        if one.hit_count == 2:
            break
    assert inferior.state == trapline.State.STOPPED
    *hits, last = inferior.events()
    assert len(hits) == 4
    assert last.status.code == 0


# -- subscribe ------------------------------------------------------------------------------------


def test_subscribers_hear_of_what_does_not_stop(launch: Any) -> None:
    """Threads, modules, bindings and the exit, in order, on the owner's thread."""
    inferior = launch([programs.build("threads.c"), "2", "1", "short"], stdout=trapline.DEVNULL)
    heard: list[str] = []
    threads: dict[int, list[str]] = {}
    where = set()

    def listen(event: Any) -> None:
        heard.append(name := type(event).__name__)
        if isinstance(event, trapline.ThreadStarted | trapline.ThreadExited):
            tid = event.tid if isinstance(event, trapline.ThreadExited) else event.thread.tid
            threads.setdefault(tid, []).append(name)
        where.add(threading.get_ident())

    inferior.subscribe(listen)
    inferior.set_breakpoint("puts", callback=lambda *_: None)
    assert inferior.run(timeout=20).code == 0
    assert where == {threading.get_ident()}
    assert heard[-1] == "Exited"
    # The next may be born before the end of one that was joined is complete.
    assert list(threads.values()) == [["ThreadStarted", "ThreadExited"]] * 2
    assert "ModulesChanged" in heard
    assert "BreakpointChanged" in heard


def test_what_a_subscriber_raises_reaches_the_caller(launch: Any) -> None:
    """As with a callback: the inferior is stopped and nothing is lost."""
    inferior = launch([programs.build("threads.c"), "2", "5"], stdout=trapline.DEVNULL)
    raised = []

    def listen(event: Any) -> None:
        if isinstance(event, trapline.ThreadStarted) and not raised:
            raised.append(event)
            raise ZeroDivisionError

    inferior.subscribe(listen)
    work = inferior.set_breakpoint("work")
    with pytest.raises(ZeroDivisionError):
        inferior.resume(timeout=20)
    assert inferior.state == trapline.State.STOPPED
    assert inferior.run(lambda *_: None, timeout=20).code == 0
    assert work.hit_count == 10
