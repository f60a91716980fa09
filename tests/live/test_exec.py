"""A program that becomes another one: new modules, breakpoints bound again, everything of the old one gone.

KERNEL rules 9 (the stop inside execve), 14, 15 (exec from a thread) and 33.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from tests.support import processes, programs

import trapline

FROM = ["leader", "thread"]


@pytest.mark.parametrize("who", FROM)
def test_breakpoints_are_resolved_again(launch: Any, who: str) -> None:
    """Rule 15: one set by name before the exec is hit in the new program, at its place there."""
    twelve = programs.build("twelve.c")
    inferior = launch([programs.build("execs.c"), who, twelve])
    main = inferior.set_breakpoint("main")
    twice = inferior.set_breakpoint("twice")
    assert twice.pending
    assert (main,) == inferior.resume(timeout=20).breakpoints
    former = main.locations[0].address
    assert (main,) == inferior.resume(timeout=20).breakpoints
    assert os.path.realpath(inferior.exe) == os.path.realpath(twelve)
    symbol = inferior.symbol("main")
    assert symbol.address == programs.load_address(inferior.pid, twelve, "main")
    assert main.locations[0].address - symbol.address in range(symbol.size)
    assert former != main.locations[0].address
    assert (twice,) == inferior.resume(timeout=20).breakpoints
    assert not twice.pending
    assert inferior.run(timeout=20).code == 12
    assert main.hit_count == 2


@pytest.mark.parametrize("who", FROM)
def test_a_stop_for_the_exec(launch: Any, who: str) -> None:
    """Rules 9 and 15: the stop is the new program's first instruction; one thread, the process's own tid."""
    twelve = programs.build("twelve.c")
    inferior = launch([programs.build("execs.c"), who, twelve])
    inferior.set_catchpoint("exec")
    stop = inferior.resume(timeout=20)
    assert isinstance(stop, trapline.Execed)
    assert [thread.tid for thread in inferior.threads] == [inferior.pid]
    assert stop.thread.tid == inferior.pid
    assert {thread.tid for thread in inferior.threads} == set(processes.threads(inferior.pid))
    assert "twelve" in inferior.modules[0].name
    assert inferior.syscall("getpid") == inferior.pid
    assert inferior.symbol("twice").address == programs.load_address(inferior.pid, twelve, "twice")
    assert inferior.memory.read(inferior.symbol("twice"), 4)
    assert inferior.run(timeout=20).code == 12


@pytest.mark.parametrize("who", FROM)
def test_a_watchpoint_and_slots_do_not_survive(launch: Any, who: str) -> None:
    """Rules 15 and 16: debug registers, slots and the memory descriptor of the old image are gone."""
    inferior = launch([programs.build("execs.c"), who, programs.build("twelve.c")])
    inferior.set_breakpoint("before_exec")
    inferior.resume(timeout=20)
    inferior.set_watchpoint(inferior.symbol("command"), length=8)
    inferior.set_breakpoint("twice", callback=lambda *_: None)
    assert inferior.run(timeout=20).code == 12
    assert inferior.watchpoints == ()


def test_an_exec_under_an_attached_process() -> None:
    """The same for a process that was attached to; it may be let go afterwards."""
    with processes.running(programs.build("exec_again.c"), "8") as victim:
        with trapline.attach(victim.pid) as inferior:
            inferior.set_catchpoint("exec")
            for _ in range(10):
                assert isinstance(inferior.resume(timeout=20), trapline.Execed)
                assert [thread.tid for thread in inferior.threads] == [victim.pid]
        assert processes.tracer(victim.pid) == 0
        victim.stdin.close()
        assert victim.wait(20) == 7


def test_a_step_over_the_exec(launch: Any) -> None:
    """A plan of the old program ends with it: next, step and finish return what comes instead."""
    inferior = launch([programs.build("execs.c"), "leader", programs.build("twelve.c")])
    inferior.set_breakpoint("before_exec")
    inferior.resume(timeout=20)
    main = inferior.set_breakpoint("main")
    inferior.finish(timeout=20)
    stop = inferior.resume(timeout=20)
    assert (main,) == stop.breakpoints
    assert inferior.run(timeout=20).code == 12


def test_an_exec_that_fails_changes_nothing(launch: Any, tmp_path: Any) -> None:
    """execv of what is not there: the program goes on, its breakpoints with it."""
    inferior = launch([programs.build("execs.c"), "leader", str(tmp_path / "missing")])
    before = inferior.set_breakpoint("before_exec", callback=lambda *_: None)
    assert inferior.run(timeout=20).code == 99
    assert before.hit_count == 1


def test_subscribers_hear_of_the_new_modules(launch: Any) -> None:
    """Modules and bindings are told without a stop."""
    inferior = launch([programs.build("execs.c"), "leader", programs.build("twelve.c")])
    heard: list[str] = []
    inferior.subscribe(lambda event: heard.append(type(event).__name__))
    inferior.set_breakpoint("twice", callback=lambda *_: None)
    assert inferior.run(timeout=20).code == 12
    assert "BreakpointChanged" in heard
    assert "ModulesChanged" in heard
    assert heard[-1] == "Exited"
