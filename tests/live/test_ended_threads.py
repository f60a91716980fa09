"""Threads that are made to end: who joins them goes on, what they held stays held."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.support import programs

import trapline
from trapline import Inferior, Thread

_END = b"robust owner died, plain held\n"


@pytest.fixture
def ready(launch: Callable[..., Inferior]) -> Iterator[Inferior]:
    """Give the program with two threads in read() and one that works."""
    inferior = launch([programs.build("ended_threads.c")], stdout=trapline.PIPE)
    inferior.set_breakpoint(f"ended_threads.c:{programs.mark('ended_threads.c', 'ready')}", temporary=True)
    assert isinstance(inferior.resume(), trapline.BreakpointHit)
    yield inferior


def _thread(inferior: Inferior, name: str) -> Thread:
    tid = int(inferior.evaluate(name))
    return next(thread for thread in inferior.threads if thread.tid == tid)


def _out(inferior: Inferior) -> Any:
    """Return what the program writes."""
    assert inferior.stdout is not None
    return inferior.stdout


def _goes_on(inferior: Inferior, *names: str) -> None:
    """End what is left, and see that the joiner does the rest."""
    for name in names:
        _thread(inferior, name).terminate()
    assert len(inferior.threads) == 1
    assert inferior.run().code == 0
    assert _out(inferior).read() == b"ready\n" + _END


def test_in_a_system_call(ready: Inferior) -> None:
    heard: list[int] = []
    ready.subscribe(
        lambda event: heard.append(event.tid) if isinstance(event, trapline.ThreadExited) else None
    )
    reader, holder = _thread(ready, "reader"), _thread(ready, "holder")
    ready.thread = reader
    frames = [frame.function for frame in ready.threads[0].frames()]
    reader.terminate()
    assert (
        heard == [reader.tid]
        and reader.state == "gone"
        and reader.tid not in {one.tid for one in ready.threads}
    )
    assert ready.thread.tid == ready.pid and [one.function for one in ready.threads[0].frames()] == frames
    with pytest.raises(trapline.DebuggerError, match=f"thread {reader.tid} has ended"):
        reader.terminate()
    holder.terminate()
    _goes_on(ready, "worker")


def test_at_a_breakpoint(ready: Inferior) -> None:
    point = ready.set_breakpoint("work")
    ready.resume()
    assert ready.thread.tid == int(ready.evaluate("worker"))
    ready.thread.terminate()
    assert point.hit_count == 1
    _goes_on(ready, "reader", "holder")


def test_in_the_middle_of_a_step(ready: Inferior) -> None:
    """`next` over the call has met a breakpoint in it: what it had planned is gone with the thread."""
    ready.set_breakpoint(f"ended_threads.c:{programs.mark('ended_threads.c', 'call')}", temporary=True)
    ready.resume()
    ready.set_breakpoint("work", temporary=True)
    assert isinstance(ready.next(), trapline.BreakpointHit)
    ready.thread.terminate()
    assert not ready.breakpoints
    _goes_on(ready, "reader", "holder")


def test_a_step_that_is_under_way_ends_with_it(ready: Inferior) -> None:
    ready.thread = _thread(ready, "reader")  # its read() never comes back
    ready.set_breakpoint("work", callback=lambda *_: _thread(ready, "reader").terminate(), temporary=True)
    assert isinstance(ready.next(), trapline.ThreadExited)
    _goes_on(ready, "worker", "holder")


def test_a_step_that_has_just_begun_ends_with_it(ready: Inferior) -> None:
    """What was submitted is done before anything runs."""
    ready.thread = _thread(ready, "reader")
    ready.submit(_thread(ready, "reader").terminate)
    assert isinstance(ready.next(), trapline.ThreadExited)
    _goes_on(ready, "worker", "holder")


@pytest.mark.parametrize("way", ["submitted", "callback", "itself"])
def test_a_call_in_it_ends_with_it(ready: Inferior, way: str) -> None:
    """Nothing else would end the call, and no trap of it is left."""
    reader = ready.thread = _thread(ready, "reader")
    kept = set(ready._target.sites.owners)
    expression = "pthread_exit(0)" if way == "itself" else "pause()"
    if way == "submitted":
        ready.submit(reader.terminate)
    elif way == "callback":
        ready.set_breakpoint("work", callback=lambda *_: reader.terminate(), temporary=True)
    with pytest.raises(trapline.EvaluationError, match=f"thread {reader.tid} exited"):
        ready.evaluate(f"(int){expression}")
    assert reader.state == "gone" and ready._target.calling == 0
    assert set(ready._target.sites.owners) == kept
    _goes_on(ready, "worker", "holder")


def test_frozen(ready: Inferior) -> None:
    for name in ("reader", "holder", "worker"):
        _thread(ready, name).freeze()
    _goes_on(ready, "reader", "worker", "holder")


def test_at_the_entry_of_a_call_that_would_wait(launch: Callable[..., Inferior]) -> None:
    inferior = launch([programs.build("ended_threads.c")], stdout=trapline.PIPE)
    inferior.set_breakpoint("reads")
    inferior.resume()
    reader = inferior.thread
    catch = inferior.set_catchpoint("syscall", "read", callback=lambda _, stop: stop.thread.tid == reader.tid)
    assert isinstance(inferior.resume(), trapline.SyscallEntry)
    reader.terminate()
    assert reader.state == "gone"
    catch.delete()
    # main waits for a thread that will never read.
    inferior.evaluate("reader = holder")
    inferior.set_breakpoint(f"ended_threads.c:{programs.mark('ended_threads.c', 'ready')}", temporary=True)
    inferior.resume()
    _goes_on(inferior, "worker", "holder")


def test_while_the_program_runs(ready: Inferior) -> None:
    def end() -> None:
        for name in ("reader", "holder", "worker"):
            _thread(ready, name).terminate()

    asked = threading.Thread(target=lambda: ready.submit(end).result())
    asked.start()
    assert ready.run().code == 0
    asked.join()
    assert _out(ready).read().endswith(_END)


def test_a_catchpoint_is_told_only_of_what_nobody_asked_for(ready: Inferior) -> None:
    catch = ready.set_catchpoint("exit")
    _thread(ready, "reader").terminate()
    assert catch.hit_count == 1
    _thread(ready, "worker").terminate()
    ready.set_breakpoint("pthread_mutex_trylock", temporary=True)
    _thread(ready, "holder").terminate()
    assert isinstance(ready.resume(), trapline.BreakpointHit)


def test_what_is_refused(ready: Inferior) -> None:
    main = ready.threads[0]
    with pytest.raises(trapline.DebuggerError, match=f"thread {main.tid} is the main thread.*kill"):
        main.terminate()
    refused: list[str] = []

    def hit(inferior: Inferior, point: object) -> bool:
        with pytest.raises(trapline.DebuggerError) as error:
            inferior.thread.terminate()
        refused.append(str(error.value))
        return True

    ready.set_breakpoint("work", temporary=True, callback=hit)
    ready.resume()
    assert refused == [f"a callback is about a hit of thread {ready.thread.tid}; terminate it at a stop"]
    ready.resume_nowait()
    with pytest.raises(trapline.NotStopped):
        main.terminate()
    ready.interrupt()
    ready.wait()
    _goes_on(ready, "reader", "worker", "holder")


def test_the_last_one_is_refused(launch: Callable[..., Inferior]) -> None:
    """The main thread has ended before it: for the kernel it is a zombie until the last one ends."""
    inferior = launch([programs.build("zombie_leader.c")], stdin=trapline.PIPE, stdout=trapline.PIPE)
    inferior.set_breakpoint("tick")
    inferior.resume_nowait()
    _out(inferior).read_until(b"ready")
    assert inferior.stdin is not None
    inferior.stdin.write(b"x")
    inferior.wait()
    (last,) = inferior.threads
    with pytest.raises(trapline.DebuggerError, match=f"thread {last.tid} is the only one left; kill"):
        last.terminate()
