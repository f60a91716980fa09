"""A stop that tells of a fork holds both processes; the resume decides who is followed.

KERNEL rules 7 (shared memory, vfork-wait) and 28 (a child's copies of traps).
"""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from tests.support import processes, programs

import trapline

WAYS = ["fork", "vfork", "clone", "clonevm"]


def at_fork(inferior: Any) -> Any:
    """Run to the stop at a fork of any kind."""
    inferior.set_catchpoint("fork")
    inferior.set_catchpoint("vfork")
    stop = inferior.resume(timeout=20)
    assert isinstance(stop, trapline.Forked)
    assert processes.state(stop.child) == "t"
    return stop


def is_free(pid: int) -> bool:
    """Whether nobody traces a process any more, be it that it has ended."""
    return processes.tracer(pid) == 0


@pytest.mark.parametrize("way", WAYS)
def test_the_child_is_followed_by_what_is_said_at_the_stop(launch: Any, graveyard: None, way: str) -> None:
    """The stop is the parent's; a breakpoint set there stops the child, one deleted there does not."""
    inferior = launch([programs.build("forks.c"), way])
    parent = inferior.pid
    gone = inferior.set_breakpoint("shared")
    stop = at_fork(inferior)
    assert (inferior.pid, stop.thread.tid, stop.child != parent) == (parent, parent, True)
    inferior.set_breakpoint("in_child")
    gone.delete()
    inferior.follow_fork = "child"
    hit = inferior.resume(timeout=20)
    assert (inferior.pid, hit.frame.function) == (stop.child, "in_child")
    assert inferior.run(timeout=20).code == 9


@pytest.mark.parametrize("way", WAYS)
def test_the_parent_is_followed_by_what_is_said_at_the_stop(launch: Any, way: str) -> None:
    """`follow_fork` was the child's until the stop: the child runs alone, through a trap set meanwhile."""
    inferior = launch([programs.build("forks.c"), way], follow_fork="child")
    parent = inferior.pid
    at_fork(inferior)
    hits = [inferior.set_breakpoint(name, callback=lambda *_: None) for name in ("in_child", "in_parent")]
    inferior.follow_fork = "parent"
    assert inferior.run(timeout=20).code == 1
    assert (inferior.pid, [hit.hit_count for hit in hits]) == (parent, [0, 1])


@pytest.mark.parametrize("way", WAYS)
def test_a_callback_decides(launch: Any, graveyard: None, way: str) -> None:
    """What the catchpoint's callback says holds for the fork it was asked about; nothing stops."""
    inferior = launch([programs.build("forks.c"), way])

    def follow(inferior: Any, stop: Any) -> None:
        assert processes.state(stop.child) == "t"
        inferior.follow_fork = "child"

    inferior.set_catchpoint("vfork" if way == "vfork" else "fork", callback=follow)
    hit = inferior.set_breakpoint("in_child", callback=lambda *_: None)
    assert inferior.run(timeout=20).code == 9
    assert hit.hit_count == 1


@pytest.mark.parametrize("mode", ["parent", "child"])
def test_a_callback_resumes(launch: Any, graveyard: None, mode: str) -> None:
    """A nested resume decides, too; afterwards whoever is followed goes on."""
    inferior = launch([programs.build("forks.c"), "fork"])
    place = "in_child" if mode == "child" else "in_parent"
    inferior.set_breakpoint(place)
    seen = []

    def go_on(inferior: Any, stop: Any) -> None:
        inferior.follow_fork = mode
        seen.append(inferior.resume(timeout=20).frame.function)

    inferior.set_catchpoint("fork", callback=go_on)
    assert inferior.run(timeout=20).code == (9 if mode == "child" else 1)
    assert seen == [place]


@pytest.mark.parametrize("way", ["fork", "vfork"])
@pytest.mark.parametrize("verb", ["step_instruction", "finish"])
def test_the_child_is_stepped_from_the_stop(launch: Any, graveyard: None, way: str, verb: str) -> None:
    """The first instruction, or the way out of the library's function, is the child's."""
    inferior = launch([programs.build("forks.c"), way])
    stop = at_fork(inferior)
    inferior.follow_fork = "child"
    if verb == "finish":
        frames = list(stop.thread.frames())
        inferior.frame = frames[[frame.function for frame in frames].index("start") - 1]
    done = getattr(inferior, verb)(timeout=20)
    assert isinstance(done, trapline.StepFinished | trapline.FunctionFinished)
    assert (inferior.pid, done.thread.tid, done.thread.registers.rax) == (stop.child, stop.child, 0)
    assert inferior.run(timeout=20).code == 9


def test_a_step_over_a_fork_goes_on_in_the_child(launch: Any, graveyard: None) -> None:
    """`next` over fork() with follow_fork="child" ends in the child, whose thread has the old handle."""
    inferior = launch([programs.build("forks.c"), "fork"], follow_fork="child")
    parent = inferior.pid
    inferior.set_breakpoint("start")
    thread = inferior.resume(timeout=20).thread
    while inferior.pid == parent:
        stop = inferior.next(timeout=20)
    assert isinstance(stop, trapline.StepFinished)
    assert (stop.thread, thread.tid, stop.frame.function) == (thread, inferior.pid, "start")
    assert stop.frame["pid"] == 0
    assert inferior.run(timeout=20).code == 9


@pytest.mark.parametrize("way", WAYS)
def test_both_are_killed(launch: Any, way: str) -> None:
    """kill() at the stop is for the child as well, which nobody has decided to let go."""
    inferior = launch([programs.build("forks.c"), way])
    child = at_fork(inferior).child
    inferior.kill()
    assert processes.state(inferior.pid) == ""
    processes.until(lambda: not processes.exists(child), what="the child's end")


def test_the_end_of_the_block_is_that_of_both() -> None:
    """Leaving `with launch()` at the stop leaves nobody behind."""
    with trapline.launch([programs.build("forks.c"), "fork"]) as inferior:
        parent, child = inferior.pid, at_fork(inferior).child
    for pid in (parent, child):
        processes.until(lambda pid=pid: not processes.exists(pid), what=f"the end of {pid}")


@pytest.mark.parametrize("way", WAYS)
def test_both_are_let_go(launch: Any, way: str) -> None:
    """detach() lets both run on as without us, no trap left in either."""
    inferior = launch([programs.build("forks.c"), way], stdout=trapline.DEVNULL)
    for place in ("in_child", "in_parent", "shared"):
        inferior.set_breakpoint(place)
    child = at_fork(inferior).child
    inferior.detach()
    assert is_free(inferior.pid)
    processes.until(lambda: not processes.exists(child), what="the child's end")
    assert os.waitstatus_to_exitcode(os.waitpid(inferior.pid, 0)[1]) == 1


@pytest.mark.parametrize("mode", ["parent", "child"])
@pytest.mark.parametrize("way", WAYS)
def test_the_child_is_killed_by_others_meanwhile(launch: Any, graveyard: None, way: str, mode: str) -> None:
    """The parent goes on and sees it; followed, its end is the next stop."""
    inferior = launch([programs.build("forks.c"), way], stderr=trapline.DEVNULL)
    child = at_fork(inferior).child
    os.kill(child, signal.SIGKILL)
    processes.until(lambda: processes.state(child) in ("Z", "X", ""), what="the child's end")
    inferior.follow_fork = mode
    status = inferior.run(timeout=20)
    assert (status.code, status.signal) == ((0, None) if mode == "parent" else (None, 9))


@pytest.mark.parametrize("way", ["fork", "clonevm"])
def test_the_parent_is_killed_by_others_meanwhile(launch: Any, way: str) -> None:
    """The child, which nobody decided about, runs on by itself."""
    inferior = launch([programs.build("forks.c"), way])
    child = at_fork(inferior).child
    os.kill(inferior.pid, signal.SIGKILL)
    assert inferior.run(timeout=20).signal == 9
    processes.until(lambda: not processes.exists(child), what="the child's end")


def test_a_function_is_called_while_the_child_is_held(launch: Any) -> None:
    """A call is the parent's, and decides nothing."""
    inferior = launch([programs.build("forks.c"), "fork"])
    child = at_fork(inferior).child
    inferior.evaluate("in_parent()")
    assert inferior.memory.read_integer(inferior.symbol("passed")) == 1
    assert (processes.state(child), processes.tracer(child) != 0) == ("t", True)
    assert inferior.run(timeout=20).code == 1


@pytest.mark.parametrize("mode", ["parent", "child"])
def test_many_threads_fork_at_once(launch: Any, graveyard: None, mode: str) -> None:
    """What other threads have forked meanwhile is told of, or let go with their process."""
    inferior = launch(programs.build("fork_crowd.c", "-pthread"))
    stop = at_fork(inferior)
    inferior.follow_fork = mode
    if mode == "child":
        assert inferior.run(timeout=20).code == 5
        assert inferior.pid == stop.child
        return
    forks = {stop.child}
    while isinstance(stop := inferior.resume(timeout=20), trapline.Forked):
        forks.add(stop.child)
    assert (len(forks), stop.status.code) == (4, 4)


def test_one_of_many_is_followed_without_a_stop(launch: Any, graveyard: None) -> None:
    """The parent is let go with threads in vfork, of whose children nobody has heard yet."""
    for _ in range(3):
        inferior = launch(programs.build("fork_crowd.c", "-pthread"), follow_fork="child")
        assert inferior.run(timeout=20).code == 5


def test_the_parent_waits_for_the_followed_child_while_another_thread_s_has_ended(
    launch: Any, graveyard: None
) -> None:
    """Rule 7: it cannot be let go before; what came of the other child asks for that in vain."""
    inferior = launch(programs.build("two_vforks.c", "-pthread"), follow_fork="child")
    assert inferior.run(timeout=20).code == 5


def test_an_attached_program_is_left_with_its_child() -> None:
    """Leaving the block at the stop lets both go."""
    with processes.running(programs.build("vforks.c"), ready=None) as victim:
        with trapline.attach(victim.pid) as inferior:
            inferior.set_catchpoint("vfork")
            victim.stdin.write(b"x")
            victim.stdin.flush()
            assert isinstance(inferior.resume(timeout=20), trapline.Forked)
            victim.stdin.close()  # nobody can let go of the parent before its child has ended
        assert victim.stdout.readline() == b"ready\n"
        assert victim.wait(20) == 9
