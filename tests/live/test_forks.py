"""fork, vfork and clone: children that are let go, followed, or debugged with their parent as one family.

KERNEL rules 7 (shared memory, vfork-wait) and 28 (a child's copies of traps).
"""

from __future__ import annotations

import collections
import os
import re
import sys
from typing import Any

import pytest
from tests.support import processes, programs

import trapline
from trapline.backend.native.tracee import Tracee
from trapline.backend.native.wait import Waiter

WAYS = ["fork", "vfork", "spawn", "system", "clone", "clonevm"]


def watch_shared(inferior: Any) -> collections.Counter[str]:
    """Breakpoints on what parent and child both run; who was seen there."""
    seen: collections.Counter[str] = collections.Counter()
    for name in ("shared", "in_child", "in_parent"):
        inferior.set_breakpoint(name, callback=lambda _, point: seen.update([point.spec]))
    return seen


# -- the parent is followed -----------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_children_that_are_not_followed_run_as_without_us(launch: Any, way: str) -> None:
    """Rules 7 and 28: 20 children run through our breakpoints uncounted and end as they should."""
    inferior = launch([programs.build("forks.c"), way, "20"])
    seen = watch_shared(inferior)
    assert inferior.run(timeout=60).code == 20
    assert seen == {"in_parent": 20, "shared": 20}
    assert inferior.children == ()


@pytest.mark.parametrize("way", WAYS)
def test_a_stop_for_each_fork(launch: Any, way: str) -> None:
    """Catchpoints on fork and vfork report the child's pid, once each."""
    inferior = launch([programs.build("forks.c"), way, "3"])
    inferior.set_catchpoint("fork")
    inferior.set_catchpoint("vfork")
    stops = list(inferior.events())
    forks = [stop for stop in stops if isinstance(stop, trapline.Forked)]
    assert len({stop.child for stop in forks}) == 3
    assert stops[-1].status.code == 3


def test_hits_of_the_parent_while_children_share_its_memory(launch: Any) -> None:
    """Rule 7: while a vfork child runs, the parent's other thread goes on hitting."""
    inferior = launch(programs.build("vforks.c"), stdin=trapline.PIPE, stdout=trapline.PIPE)
    inferior.set_catchpoint("vfork")
    inferior.stdin.write(b"x")
    assert isinstance(inferior.resume(timeout=20), trapline.Forked)
    tick = inferior.set_breakpoint("tick", callback=lambda _, point: point.hit_count == 101)
    assert (tick,) == inferior.resume(timeout=60).breakpoints
    assert "in vfork" in {thread.state for thread in inferior.threads}
    inferior.stdin.close()
    assert inferior.run(timeout=60).code == 9


def test_stopping_everything_during_vfork(launch: Any) -> None:
    """Rule 7: the thread in vfork-wait counts as stopped in the kernel; nothing waits for it."""
    inferior = launch(programs.build("vforks.c"), stdin=trapline.PIPE, stdout=trapline.PIPE)
    tick = inferior.set_breakpoint("tick", enabled=False)
    inferior.resume_nowait()
    inferior.stdin.write(b"x")
    inferior.stdout.read_until(b"ready\n", timeout=20)
    inferior.interrupt()
    assert isinstance(inferior.wait(timeout=20), trapline.Interrupted)
    states = {thread.tid: thread.state for thread in inferior.threads}
    assert states.pop(inferior.pid) == "in vfork"
    assert set(states.values()) == {"stopped"}
    with pytest.raises(trapline.NotStopped, match="vfork"):
        _ = inferior.threads[0].registers.rip
    tick.enable()
    assert (tick,) == inferior.resume(timeout=20).breakpoints
    tick.delete()
    inferior.stdin.close()
    assert inferior.run(timeout=20).code == 9


@pytest.mark.parametrize("moment", ["running", "stopped"])
def test_detach_during_vfork(moment: str) -> None:
    """Rule 7: a thread that waits for its vfork child is let go as well, when it can be."""
    with processes.running(programs.build("vforks.c"), ready=None) as victim:
        with trapline.attach(victim.pid) as inferior:
            inferior.set_breakpoint("tick", callback=lambda *_: None)
            inferior.set_catchpoint("vfork")
            victim.stdin.write(b"x")
            victim.stdin.flush()
            assert isinstance(inferior.resume(timeout=20), trapline.Forked)
            inferior.resume_nowait()
            assert victim.stdout.readline() == b"ready\n"
            if moment == "stopped":
                inferior.interrupt()
                inferior.wait(timeout=20)
            victim.stdin.close()  # nobody can let go of the parent before its child has ended
        assert {processes.tracer(victim.pid, tid) for tid in processes.threads(victim.pid)} <= {0}
        assert victim.wait(20) == 9


def test_kill_during_vfork(launch: Any) -> None:
    """Rule 7: kill() of a process whose thread waits in the kernel for its child."""
    inferior = launch(programs.build("vforks.c"), stdin=trapline.DEVNULL, stdout=trapline.PIPE)
    inferior.set_catchpoint("vfork")
    child = inferior.resume(timeout=20).child
    inferior.kill()
    assert processes.state(inferior.pid) == ""
    processes.until(lambda: not processes.exists(child), what="the vfork child's end")


def test_a_detached_fork_child_has_no_trap_left(launch: Any) -> None:
    """Rule 28: an unfollowed child's own memory is whole: it outlives us and runs through every place."""
    inferior = launch([programs.build("family.c"), "4"])
    inferior.set_breakpoint(re.compile("^(member|fork|wait|_exit)$"), callback=lambda *_: None)
    assert inferior.run(timeout=20).code == 10


# -- the child is followed ------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["fork", "vfork", "clone"])
def test_following_the_child(launch: Any, way: str) -> None:
    """follow_fork="child": breakpoints hold in the child, the parent runs on alone."""
    inferior = launch([programs.build("forks.c"), way], follow_fork="child")
    parent = inferior.pid
    seen = watch_shared(inferior)
    assert inferior.run(timeout=20).code == 9
    assert inferior.pid != parent
    assert seen == {"in_child": 1, "shared": 1}
    status = processes.until(lambda: processes.status(parent).get("State", "Z")[0] == "Z", what="its end")
    assert status
    with trapline.launch("/bin/true"):  # whoever launches next buries what was let go
        processes.until(lambda: processes.state(parent) == "", what="its burial")


def test_following_the_child_of_a_shell(launch: Any, graveyard: None) -> None:
    """posix_spawn's child is followed through its exec into the new program."""
    inferior = launch([programs.build("forks.c"), "spawn"], follow_fork="child")
    assert inferior.run(timeout=20).code == 9


def test_a_stop_in_the_followed_child(launch: Any, graveyard: None) -> None:
    """The stop is the child's: its pid, its thread, its frame; memory is its own."""
    inferior = launch([programs.build("forks.c"), "fork"], follow_fork="child")
    parent = inferior.pid
    inferior.set_breakpoint("in_child")
    stop = inferior.resume(timeout=20)
    assert inferior.pid != parent
    assert (stop.thread.tid, stop.frame.function) == (inferior.pid, "in_child")
    inferior.memory.write_integer(inferior.symbol("passed"), 41)
    assert inferior.finish(timeout=20)
    assert inferior.memory.read_integer(inferior.symbol("passed")) == 42
    assert inferior.run(timeout=20).code == 9


# -- a family -------------------------------------------------------------------------------------


def test_a_family_driven_by_one_loop(launch: Any) -> None:
    """Eight children under "both", a hit in each, in one events() loop that ends with the last exit."""
    inferior = launch([programs.build("family.c"), "8"], follow_fork="both")
    inferior.set_breakpoint("member")
    hits, forks, codes = {}, set(), {}
    for stop in inferior.events():
        match stop:
            case trapline.BreakpointHit(inferior=member):
                hits[member.pid] = member.thread.registers.rdi
                assert member in inferior.children
            case trapline.Forked(child=child):
                forks.add(child.pid)
            case trapline.Exited(inferior=member, status=status):
                codes[member.pid] = status.code
    assert sorted(hits.values()) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert forks == set(hits)
    assert codes == {**hits, inferior.pid: 36}
    assert len(inferior.children) == 8
    assert {child.state for child in inferior.children} == {"exited"}


def test_members_are_looked_at_by_their_numbers(launch: Any) -> None:
    """Each child has the next number, which stays its own; the prompt's `inferior N` looks at that one."""
    from io import StringIO

    from trapline.cli.render import Renderer
    from trapline.cli.session import Session

    inferior = launch([programs.build("family.c"), "3"], follow_fork="both")
    inferior.set_breakpoint("member")
    hits = [stop.inferior for stop in inferior.events() if isinstance(stop, trapline.BreakpointHit)]
    assert [one.number for one in inferior.family] == [1, 2, 3, 4]
    assert set(hits) == set(inferior.children) == set(inferior.family) - {inferior}
    inferior.restart()
    assert inferior.number == 1
    stop = inferior.resume(timeout=20)
    while not isinstance(stop, trapline.BreakpointHit):
        stop = inferior.resume(timeout=20)
    child = stop.inferior
    assert child.number > 4
    said = StringIO()
    session = Session(inferior, Renderer(said, said))
    for line in ("inferior", f"inferior {child.number}", "print $_inferior", "inferior 1", "info inferiors"):
        assert session.execute(line)
    lines = said.getvalue().splitlines()
    assert lines[0].startswith(f"[Current inferior is 1 [process {inferior.pid}] (")
    assert f"[Switching to inferior {child.number} [process {child.pid}] ({child.exe})]" in lines
    assert f"$1 = {child.number}" in lines
    assert [line.split()[:3] for line in lines if line.startswith("* ")] == [["*", "1", "process"]]
    assert sum("<null>" in line for line in lines) >= 3  # the children of the run before


def test_callbacks_get_the_child(launch: Any) -> None:
    """Copies of breakpoints count for themselves; callbacks are called with the member that hit."""
    inferior = launch([programs.build("family.c"), "8"], follow_fork="both")
    seen = []

    def look(member: Any, point: Any) -> None:
        seen.append((member.pid, member.thread.registers.rdi, point.hit_count))

    member = inferior.set_breakpoint("member", callback=look)
    assert inferior.run(timeout=60).code == 36
    assert len({pid for pid, _, _ in seen}) == 8
    assert sorted(number for _, number, _ in seen) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert {count for _, _, count in seen} == {1}
    assert member.hit_count == 0


def test_a_stop_of_one_stops_them_all(launch: Any) -> None:
    """resume() on any member runs all; when one stops, every thread of every member is stopped."""
    inferior = launch([programs.build("family.c"), "4"], follow_fork="both")
    inferior.set_breakpoint("member")
    stop = inferior.resume(timeout=20)
    while not isinstance(stop, trapline.BreakpointHit):
        stop = stop.inferior.resume(timeout=20)
    alive = [one for one in (inferior, *inferior.children) if one.state != "exited"]
    assert len(alive) >= 2
    for one in alive:
        assert one.state == "stopped"
        assert {processes.state(one.pid, tid) for tid in processes.threads(one.pid)} == {"t"}
    assert inferior.interrupt() is False
    assert inferior.run(lambda *_: None, timeout=20).code == 10


@pytest.mark.parametrize("end", ["with", "kill", "detach the child", "kill the child"])
def test_the_end_of_a_family(end: str) -> None:
    """Leaving the block ends them all; one member alone may be killed or let go."""
    with trapline.launch([programs.build("family.c"), "3"], follow_fork="both") as inferior:
        inferior.set_breakpoint("member")
        stop = inferior.resume(timeout=20)
        while not isinstance(stop, trapline.BreakpointHit):
            stop = inferior.resume(timeout=20)
        child = stop.inferior
        if end == "kill":
            inferior.kill()
        elif end == "kill the child":
            number = child.thread.registers.rdi
            child.kill()
            assert child.exit_status.signal == 9
            assert inferior.run(lambda *_: None, timeout=20).code == 6 - number
        elif end == "detach the child":
            child.detach()
            assert inferior.run(lambda *_: None, timeout=20).code == 6
        pids = [inferior.pid, *(one.pid for one in inferior.children)]
    for pid in pids:
        processes.until(lambda pid=pid: not processes.exists(pid), what=f"the end of {pid}")


def test_a_fork_takes_the_first_stop_of_its_child_along(launch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have come behind a hit that stops everything: what went with the one is not looked for again."""
    inferior = launch([programs.build("fork_beside.c")], follow_fork="both")
    inferior.set_breakpoint("forks", temporary=True)
    inferior.resume()
    hit = inferior.set_breakpoint("beside")
    collect = Waiter.collect

    def collect_all_in_order(waiter: Waiter[Tracee]) -> bool:
        child = next(iter(processes.until(lambda: processes.children(inferior.pid))))
        tasks = [(inferior.pid, tid) for tid in processes.threads(inferior.pid)] + [(child, child)]
        processes.until(lambda: {processes.state(*one) for one in tasks} == {"t"}, what="three stops")
        monkeypatch.setattr(Waiter, "collect", collect)
        waiter.drain()
        order = [tid for _, tid in tasks]  # not by number: the numbers may begin again in between
        came = sorted(waiter.queue, key=lambda one: order.index(one[0]))
        assert [tid for tid, _ in came] == order
        waiter.queue.clear()
        waiter.queue.extend(came)
        return True

    monkeypatch.setattr(Waiter, "collect", collect_all_in_order)
    stop = inferior.resume()
    assert stop.breakpoints == (hit,)
    assert inferior.run(timeout=20).code == 7
    assert [child.exit_status.code for child in inferior.children] == [7]


def test_a_family_of_vforks(launch: Any) -> None:
    """Rule 7: under "both" a vfork child hits in the shared memory, its parent waits in the kernel."""
    inferior = launch([programs.build("forks.c"), "vfork", "3"], follow_fork="both")
    seen = []
    inferior.set_breakpoint("in_child", callback=lambda member, _: seen.append(member.pid))
    parents = inferior.set_breakpoint("in_parent", callback=lambda *_: None)
    assert inferior.run(timeout=20).code == 3
    assert seen == [child.pid for child in inferior.children]
    assert parents.hit_count == 3


def test_a_grandchild(launch: Any) -> None:
    """system(): the shell that is exec'd in the child is a member too, and what it starts."""
    inferior = launch(["/bin/sh", "-c", "(/bin/true; exit 3); exit $(($? + 1))"], follow_fork="both")
    codes = [stop.status.code for stop in inferior.events() if isinstance(stop, trapline.Exited)]
    assert sorted(codes) == [0, 3, 4]


# -- threads by the hundred -----------------------------------------------------------------------


def test_births_and_deaths_at_once_while_it_stops_and_goes_on(launch: Any) -> None:
    """Hundreds of threads born and exiting at once, under stops, interrupts and a hot breakpoint."""
    inferior = launch([programs.build("births.c"), "6"], stdin=trapline.PIPE, stdout=trapline.DEVNULL)
    born = inferior.set_breakpoint("born", callback=lambda _, point: point.hit_count % 60 == 0)
    for _ in range(8):
        assert (born,) == inferior.resume(timeout=20).breakpoints
        assert {thread.tid for thread in inferior.threads} >= {inferior.pid}
        inferior.resume_nowait()
        inferior.interrupt()
        while not isinstance(inferior.wait(timeout=20), trapline.Interrupted):
            inferior.resume_nowait()
            inferior.interrupt()
    assert born.hit_count >= 480
    inferior.stdin.close()
    assert inferior.run(lambda *_: None, timeout=20).code == 7


def test_forks_of_an_attached_program() -> None:
    """Rule 28: the children of a Python that we attached to, forked under hot breakpoints, are whole."""
    script = (
        "import os, sys\n"
        "print('ready', flush=True); sys.stdin.read()\n"
        "codes = []\n"
        "for number in range(10):\n"
        "    pid = os.fork()\n"
        "    if pid == 0: os._exit(number)\n"
        "    codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
        "sys.exit(codes != list(range(10)))\n"
    )
    python = os.path.realpath(sys.executable)
    with processes.running(python, "-c", script) as victim, trapline.attach(victim.pid) as inferior:
        inferior.set_breakpoint("malloc", callback=lambda *_: None)
        inferior.set_breakpoint("free", callback=lambda *_: None)
        inferior.resume_nowait()
        victim.stdin.close()
        assert inferior.run(timeout=60).code == 0
