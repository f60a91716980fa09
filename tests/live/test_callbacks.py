"""Every sentence of API.md's paragraph on callbacks."""

from __future__ import annotations

import signal
import threading
from typing import Any

import pytest
from tests.support import processes, programs

import trapline

HITS = "hits.c"


def test_they_run_on_the_callers_thread(launch: Any) -> None:
    """A callback is called on the thread that runs the inferior."""
    threads = []
    inferior = launch([programs.build(HITS), "2"], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("one", callback=lambda *_: threads.append(threading.current_thread()))
    inferior.run()
    assert [threading.current_thread()] * 2 == threads


def test_arguments(launch: Any) -> None:
    """A breakpoint's callback gets (inferior, breakpoint), the very objects."""
    calls = []
    inferior = launch([programs.build(HITS), "1"], stdout=trapline.DEVNULL)
    one = inferior.set_breakpoint("one", callback=lambda *arguments: calls.append(arguments))
    inferior.run()
    assert [(inferior, one)] == calls


@pytest.mark.parametrize("result", [True, 1, "yes", [0]])
def test_a_true_result_stops(launch: Any, result: object) -> None:
    """resume() returns the hit."""
    inferior = launch([programs.build(HITS), "3"], stdout=trapline.DEVNULL)
    one = inferior.set_breakpoint("one", callback=lambda *_: result)
    assert (one,) == inferior.resume().breakpoints
    assert one.hit_count == 1
    assert one.locations[0].address == inferior.thread.registers.rip


@pytest.mark.parametrize("result", [None, False, 0, "", ()])
def test_a_false_result_goes_on(launch: Any, result: object) -> None:
    """resume() goes on to the exit."""
    inferior = launch([programs.build(HITS), "3"], stdout=trapline.DEVNULL)
    one = inferior.set_breakpoint("one", callback=lambda *_: result)
    assert isinstance(inferior.resume(), trapline.Exited)
    assert one.hit_count == 3


def test_a_true_result_ends_run(launch: Any) -> None:
    """run() raises StoppedEarly with the stop; the inferior is stopped there and can go on."""
    inferior = launch([programs.build(HITS), "5"], stdout=trapline.DEVNULL)
    one = inferior.set_breakpoint("one")
    with pytest.raises(trapline.StoppedEarly) as caught:
        inferior.run(lambda inferior, point: point.hit_count == 3)
    assert (one,) == caught.value.stop.breakpoints
    assert one.locations[0].address == inferior.thread.registers.rip
    assert inferior.run(lambda *_: None).code == 0
    assert one.hit_count == 5


def test_the_runs_callback_is_for_breakpoints_without_one(launch: Any) -> None:
    """run(callback) serves those that have none; others keep their own."""
    own, shared = [], []
    inferior = launch([programs.build(HITS), "1", "1"], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("one", callback=lambda *_: own.append(1))
    two = inferior.set_breakpoint("two")
    inferior.run(lambda _, point: shared.append(point))
    assert (3, [two]) == (len(own), shared)


def test_run_without_a_callback_passes_breakpoints(launch: Any) -> None:
    """run() goes on to the exit whatever stops come; hits are counted."""
    inferior = launch([programs.build(HITS), "4"], stdout=trapline.DEVNULL)
    one = inferior.set_breakpoint("one")
    assert inferior.run().code == 0
    assert one.hit_count == 4


def test_the_thread_that_hit_is_selected(launch: Any) -> None:
    """inferior.thread is the one at the breakpoint, in every callback."""
    seen = set()
    inferior = launch([programs.build("threads.c"), "4", "20"], stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint("work")

    def look(inferior: Any, point: Any) -> None:
        assert point.locations[0].address == inferior.thread.registers.rip
        seen.add(inferior.thread.tid)

    assert inferior.run(look).code == 0
    assert (point.hit_count, len(seen)) == (80, 4)


def test_a_callback_may_step(launch: Any) -> None:
    """step_instruction() in a callback runs one instruction; the outer call goes on from there."""
    moved = []

    def step(inferior: Any, point: Any) -> None:
        before = inferior.thread.registers.rip
        stop = inferior.step_instruction()
        assert isinstance(stop, trapline.StepFinished)
        moved.append(inferior.thread.registers.rip - before)

    inferior = launch([programs.build(HITS), "4"], stdout=trapline.PIPE)
    one = inferior.set_breakpoint("*one", callback=step)
    length = inferior.disassemble("*one", 1)[0].size
    assert inferior.run().code == 0
    assert [length] * 4 == moved
    assert one.hit_count == 4
    assert inferior.stdout.read() == b"ones 4 twos 0 sum 10\n"


def test_a_callback_may_finish_the_function(launch: Any) -> None:
    """finish() in a callback gives the result."""
    results = []

    def finish(inferior: Any, point: Any) -> None:
        results.append(inferior.finish().value)

    inferior = launch([programs.build(HITS), "4"], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("one", callback=finish)
    assert inferior.run().code == 0
    assert results == [1, 2, 3, 4]


def test_a_callback_may_resume(launch: Any) -> None:
    """A nested resume() returns the next stop to the callback; the outer call goes on from there."""
    nested = []

    def again(inferior: Any, point: Any) -> None:
        nested.append(inferior.resume())

    inferior = launch([programs.build(HITS), "0", "2"], stdout=trapline.DEVNULL)
    two = inferior.set_breakpoint("two", callback=again)
    one = inferior.set_breakpoint("one")
    last = inferior.run(lambda *_: None)
    assert last.code == 0
    # two -> (one, seen by the nested resume), then one again: run()'s own callback takes that.
    assert [(one,), (one,)] == [stop.breakpoints for stop in nested]
    assert (two.hit_count, one.hit_count) == (2, 4)


def test_a_nested_resume_may_end_the_inferior(launch: Any) -> None:
    """When it exits inside a nested resume() the outer call returns Exited."""
    nested = []

    def to_the_end(inferior: Any, point: Any) -> None:
        point.delete()
        nested.append(inferior.resume())

    inferior = launch([programs.build(HITS), "5"], stdout=trapline.DEVNULL)
    one = inferior.set_breakpoint("one", callback=to_the_end)
    last = inferior.resume()
    assert isinstance(nested[0], trapline.Exited)
    assert isinstance(last, trapline.Exited)
    assert (last.status.code, one.hit_count) == (0, 1)


def test_a_callback_may_set_breakpoints(launch: Any) -> None:
    """One set inside a callback is in force at once."""
    inferior = launch([programs.build(HITS), "0", "3"], stdout=trapline.DEVNULL)
    made: list[Any] = []

    def set_one(inferior: Any, point: Any) -> None:
        if not made:
            made.append(inferior.set_breakpoint("one", callback=lambda *_: None))

    inferior.set_breakpoint("two", callback=set_one)
    assert inferior.run().code == 0
    assert made[0].hit_count == 6


def test_one_set_at_the_same_address_is_not_hit_at_once(launch: Any) -> None:
    """Rule 25: a breakpoint set where the thread stands is hit from the next pass on."""
    inferior = launch([programs.build(HITS), "3"], stdout=trapline.DEVNULL)
    made: list[Any] = []

    def set_another(inferior: Any, point: Any) -> None:
        if not made:
            made.append(inferior.set_breakpoint("one", callback=lambda *_: None))

    one = inferior.set_breakpoint("one", callback=set_another)
    assert inferior.run().code == 0
    assert (one.hit_count, made[0].hit_count) == (3, 2)


@pytest.mark.parametrize("action", ["delete", "disable"])
def test_a_callback_may_remove_its_own_breakpoint(launch: Any, action: str) -> None:
    """delete() and disable() of the very breakpoint: counted once, never again."""
    inferior = launch([programs.build(HITS), "5"], stdout=trapline.PIPE)
    one = inferior.set_breakpoint("one", callback=lambda _, point: getattr(point, action)())
    assert inferior.run().code == 0
    assert one.hit_count == 1
    assert inferior.stdout.read() == b"ones 5 twos 0 sum 15\n"


def test_a_callback_may_remove_another(launch: Any) -> None:
    """A later one at the same address that was deleted by an earlier one is not asked."""
    calls = []
    inferior = launch([programs.build(HITS), "2"], stdout=trapline.DEVNULL)
    second: list[Any] = []

    def remove(*_: Any) -> None:
        calls.append("first")
        second[0].delete()

    inferior.set_breakpoint("one", callback=remove)
    second.append(inferior.set_breakpoint("one", callback=lambda *_: calls.append("second")))
    assert inferior.run().code == 0
    assert calls == ["first", "first"]


def test_a_callback_may_change_its_own_callback(launch: Any) -> None:
    """`callback` is assignable, inside a callback too."""
    calls = []
    inferior = launch([programs.build(HITS), "3"], stdout=trapline.DEVNULL)

    def first(_: Any, point: Any) -> None:
        calls.append("first")
        point.callback = lambda *_: calls.append("second")

    inferior.set_breakpoint("one", callback=first)
    inferior.run()
    assert calls == ["first", "second", "second"]


def test_several_at_one_hit_run_in_order_of_id(launch: Any) -> None:
    """All of them, by id; one true result stops, and the others are called nevertheless."""
    calls = []
    inferior = launch([programs.build(HITS), "1"], stdout=trapline.DEVNULL)

    def note(result: bool) -> Any:
        def callback(inferior: Any, point: Any) -> bool:
            calls.append(point.id)
            return result

        return callback

    points = [inferior.set_breakpoint("one", callback=note(result)) for result in (False, True, False)]
    stop = inferior.resume()
    assert calls == [1, 2, 3]
    assert (points[1],) == stop.breakpoints
    assert [point.hit_count for point in points] == [1, 1, 1]


def test_an_exception_travels_to_the_caller(launch: Any) -> None:
    """It leaves the inferior stopped at the hit, which counts and is not repeated."""
    inferior = launch([programs.build(HITS), "3"], stdout=trapline.DEVNULL)

    def fail(inferior: Any, point: Any) -> None:
        if point.hit_count == 2:
            raise ZeroDivisionError("of the user")

    one = inferior.set_breakpoint("one", callback=fail)
    with pytest.raises(ZeroDivisionError, match="of the user"):
        inferior.run()
    assert inferior.state == trapline.State.STOPPED
    assert one.locations[0].address == inferior.thread.registers.rip
    assert one.hit_count == 2
    assert inferior.run().code == 0
    assert one.hit_count == 3


def test_an_exception_from_one_of_several_threads(launch: Any) -> None:
    """Every thread is stopped when it arrives, and no hit is lost or counted twice."""
    inferior = launch([programs.build("threads.c"), "4", "200"], stdout=trapline.PIPE)

    def fail(inferior: Any, point: Any) -> None:
        if point.hit_count % 100 == 0:
            raise ZeroDivisionError

    work = inferior.set_breakpoint("work", callback=fail)
    failures = 0
    while True:
        try:
            status = inferior.run()
            break
        except ZeroDivisionError:
            failures += 1
            assert all(processes.state(inferior.pid, thread.tid) == "t" for thread in inferior.threads)
    assert (status.code, work.hit_count, failures) == (0, 800, 8)
    assert inferior.stdout.read() == b"works 800\n"


def test_a_callback_may_kill(launch: Any) -> None:
    """kill() inside one ends the outer call cleanly."""
    inferior = launch([programs.build(HITS), "5"], stdout=trapline.DEVNULL)
    one = inferior.set_breakpoint("one", callback=lambda inferior, _: inferior.kill())
    status = inferior.run()
    assert (int(signal.SIGKILL), 1) == (status.signal, one.hit_count)
    assert inferior.state == trapline.State.EXITED


def test_a_callback_may_detach(launch: Any) -> None:
    """detach() inside one ends the outer call; the program runs on alone and undisturbed."""
    inferior = launch(programs.build("busy.c"), stdin=trapline.PIPE, stdout=trapline.DEVNULL)
    inferior.set_breakpoint("tick", callback=lambda inferior, _: inferior.detach())
    pid = inferior.pid
    try:
        with pytest.raises(trapline.InferiorExited):
            inferior.resume()
        assert inferior.state == trapline.State.DETACHED
        assert processes.exists(pid)
        assert processes.tracer(pid) == 0
    finally:
        processes.end({pid: "detached"})


def test_the_other_threads_run_on(launch: Any) -> None:
    """In a callback only the thread that hit is stopped: a counter of another thread moves."""
    program = programs.build("poll_flag.c")
    inferior = launch(program)
    moved = []

    def look(inferior: Any, point: Any) -> None:
        address = programs.load_address(inferior.pid, program, "shared_counter")
        first = inferior.memory.read_integer(address)
        moved.append(processes.until(lambda: inferior.memory.read_integer(address) > first))

    inferior.set_breakpoint("ask", callback=look)
    assert inferior.run().code == 0
    assert moved == [True]


def test_pause_threads(launch: Any) -> None:
    """pause_threads() first, and two reads of what another thread counts are equal."""
    program = programs.build("poll_flag.c")
    inferior = launch(program)
    reads: list[int] = []

    def look(inferior: Any, point: Any) -> None:
        inferior.pause_threads()
        address = programs.load_address(inferior.pid, program, "shared_counter")
        assert {"t"} == {processes.state(inferior.pid, tid) for tid in processes.threads(inferior.pid)}
        reads.extend(inferior.memory.read_integer(address) for _ in range(1000))

    inferior.set_breakpoint("ask", callback=look)
    assert inferior.run().code == 0
    assert (len(reads), len(set(reads))) == (1000, 1)


def test_another_threads_registers_stop_it(launch: Any) -> None:
    """Naming another thread's registers in a callback stops it first."""
    inferior = launch(programs.build("poll_flag.c"))
    pcs: list[int] = []

    def look(inferior: Any, point: Any) -> None:
        other = next(thread for thread in inferior.threads if thread.tid != inferior.thread.tid)
        pcs.extend((other.registers.rip, other.registers.rip))

    inferior.set_breakpoint("ask", callback=look)
    assert inferior.run().code == 0
    assert pcs[0] == pcs[1] != 0


def test_a_hit_of_another_thread_is_kept(launch: Any) -> None:
    """Hits of other threads during a nested resume are judged afterwards; none is lost."""
    inferior = launch([programs.build("threads.c"), "4", "100"], stdout=trapline.PIPE)

    def step(inferior: Any, point: Any) -> None:
        inferior.step_instruction()

    work = inferior.set_breakpoint("work", callback=step)
    assert inferior.run(timeout=60).code == 0
    assert work.hit_count == 400
    assert inferior.stdout.read() == b"works 400\n"


@pytest.mark.parametrize("kind", ["breakpoint", "hardware", "watchpoint", "catchpoint"])
def test_callbacks_of_other_threads_never_nest(launch: Any, kind: str) -> None:
    """Rule 6: while one callback runs a nested resume, no callback of another thread begins; none is lost."""
    inferior = launch([programs.build("threads.c"), "4", "25"], stdout=trapline.PIPE)
    depth, deepest, count = 0, 0, 0

    def step(inferior: Any, _: Any) -> None:
        nonlocal depth, deepest, count
        depth, count = depth + 1, count + 1
        deepest = max(depth, deepest)
        for _ in range(3):
            if isinstance(inferior.step_instruction(), trapline.ThreadExited):
                break
        depth -= 1

    match kind:
        case "watchpoint":
            inferior.set_watchpoint(inferior.symbol("works"), callback=step)
        case "catchpoint":
            inferior.set_catchpoint("syscall", "exit", callback=step)
        case _:
            inferior.set_breakpoint("work", callback=step, hardware=kind == "hardware")
    assert inferior.run(timeout=100).code == 0
    assert deepest == 1
    if kind == "watchpoint":
        assert 25 <= count <= 100  # threads that write at once, all four at most, are seen as one write
    else:
        assert count == (4 if kind == "catchpoint" else 100)
    assert inferior.stdout.read() == b"works 100\n"


def test_a_callback_may_call_and_make_system_calls(launch: Any) -> None:
    """call() and syscall() inside a callback; the program does not notice."""
    inferior = launch([programs.build(HITS), "2"], stdout=trapline.PIPE)
    found = []

    def ask(inferior: Any, point: Any) -> None:
        point.disable()
        found.append((inferior.syscall("getpid"), inferior.call("one", 41)))

    inferior.set_breakpoint("one", callback=ask)
    assert inferior.run().code == 0
    assert [(inferior.pid, 42)] == found
    # Our call counted one more; the sum is the program's own.
    assert inferior.stdout.read() == b"ones 3 twos 0 sum 3\n"


def test_a_callback_may_restart_nothing_it_cannot(launch: Any) -> None:
    """What the callback changes in memory and registers is what the program goes on with."""
    inferior = launch([programs.build(HITS), "3"], stdout=trapline.PIPE)

    def ten(inferior: Any, point: Any) -> None:
        inferior.thread.registers.rdi = 10

    inferior.set_breakpoint("*one", callback=ten)
    assert inferior.run().code == 0
    assert inferior.stdout.read() == b"ones 3 twos 0 sum 33\n"


def test_watchpoint_callbacks_get_the_stop(launch: Any) -> None:
    """callback(inferior, stop) for watch- and catchpoints; a true result stops."""
    stops = []
    inferior = launch([programs.build(HITS), "3"], stdout=trapline.DEVNULL)

    def look(inferior: Any, stop: Any) -> bool:
        stops.append(stop)
        return bool(stop.new == 2)

    inferior.set_watchpoint(inferior.symbol("ones"), callback=look)
    assert isinstance(inferior.resume(), trapline.WatchpointHit)
    assert [(stop.old, stop.new) for stop in stops] == [(0, 1), (1, 2)]


def test_catchpoint_callbacks_get_the_stop(launch: Any) -> None:
    """A catchpoint's callback sees entry and return, and a false result goes on."""
    kinds = []
    inferior = launch(programs.build("syscalls.c"), stdout=trapline.DEVNULL)
    inferior.set_catchpoint("syscall", "getuid", callback=lambda _, stop: kinds.append(type(stop)))
    assert isinstance(inferior.resume(), trapline.Exited)
    assert [trapline.SyscallEntry, trapline.SyscallReturn] == kinds


def test_a_callback_may_jump(launch: Any) -> None:
    """The outer call goes on from wherever the inferior is when the callback ends."""
    inferior = launch([programs.build(HITS), "2"], stdout=trapline.PIPE)
    two = inferior.set_breakpoint("*two", callback=lambda *_: None)
    one = inferior.set_breakpoint("*one")

    def elsewhere(inferior: Any, point: Any) -> None:
        if point.hit_count == 1:
            inferior.jump("*two")

    one.callback = elsewhere
    assert inferior.run().code == 0
    # The first call of one() became two(), which calls it twice; the second call is itself.
    assert (one.hit_count, two.hit_count) == (4, 1)
    assert inferior.stdout.read() == b"ones 3 twos 1 sum 4\n"


def test_a_nested_resume_ends_with_its_thread(launch: Any) -> None:
    """Rule 6: what other threads hit is kept, so the end of the callback's own thread is what it hears."""
    inferior = launch([programs.build("threads.c"), "4", "1"], stdout=trapline.PIPE)
    stops = []
    work = inferior.set_breakpoint("work", callback=lambda inferior, _: stops.append(inferior.resume()))
    assert inferior.run(timeout=60).code == 0
    assert work.hit_count == 4
    assert {type(stop) for stop in stops} <= {trapline.ThreadExited, trapline.Exited}
    assert inferior.stdout.read() == b"works 4\n"


def test_an_exec_inside_a_callback(launch: Any) -> None:
    """Rule 6: a nested resume() that ends in another program: the outer call goes on with that one."""
    inferior = launch([programs.build("execs.c"), "thread", programs.build("twelve.c")])
    inferior.set_catchpoint("exec")
    stops = []
    inferior.set_breakpoint("before_exec", callback=lambda inferior, _: stops.append(inferior.resume()))
    assert inferior.run(timeout=30).code == 12
    assert [type(stop) for stop in stops] == [trapline.Execed]


def test_a_debug_register_set_in_a_callback(launch: Any) -> None:
    """Rule 6: arming one stops all threads first, so that each of them has it."""
    inferior = launch([programs.build("threads.c"), "4", "30"], stdout=trapline.PIPE)
    made: list[Any] = []

    def replace(inferior: Any, point: Any) -> None:
        made.append(inferior.set_breakpoint("work", hardware=True, callback=lambda *_: None))
        point.delete()  # before, the others would run on without either

    inferior.set_breakpoint("work", callback=replace)
    assert inferior.run(timeout=60).code == 0
    # The first thread stands at its first call, which is not hit again (rule 25).
    assert made[0].hit_count == 119
    assert inferior.stdout.read() == b"works 120\n"


def test_a_kept_hit_is_dropped_with_its_breakpoint(launch: Any) -> None:
    """Hits of other threads during a nested step are not judged when the breakpoint is gone by then."""
    for action in ("delete", "disable"):
        inferior = launch([programs.build("threads.c"), "4", "30"], stdout=trapline.PIPE)
        calls = []

        def step(inferior: Any, point: Any, action: str = action, calls: list[Any] = calls) -> None:
            calls.append(inferior.thread.tid)
            for _ in range(5):
                inferior.step_instruction()
            getattr(point, action)()

        work = inferior.set_breakpoint("work", callback=step)
        assert inferior.run(timeout=60).code == 0
        assert (len(calls), work.hit_count) == (1, 1)
        assert inferior.stdout.read() == b"works 120\n"


def test_a_nested_resume_that_takes_too_long(launch: Any) -> None:
    """StopTimeout in a callback leaves it running; the outer call waits on, and can be interrupted."""
    inferior = launch([programs.build("busy.c"), "2"], stdin=trapline.PIPE, stdout=trapline.DEVNULL)
    late = []

    def wait_a_little(inferior: Any, point: Any) -> None:
        point.disable()
        with pytest.raises(trapline.StopTimeout):
            inferior.resume(timeout=0.05)
        late.append(inferior)

    inferior.set_breakpoint("tick", callback=wait_a_little)
    with pytest.raises(trapline.StopTimeout):
        inferior.resume(timeout=0.5)
    while not late:  # a loaded machine may not have come to the first hit
        with pytest.raises(trapline.StopTimeout):
            inferior.wait(timeout=0.5)
    assert late == [inferior]
    assert inferior.state == trapline.State.RUNNING
    inferior.interrupt()
    assert isinstance(inferior.wait(timeout=20), trapline.Interrupted)
    inferior.stdin.close()
    assert inferior.run(timeout=20).code == 7
