"""Runs that are too long for every change: ./dev soak."""

from __future__ import annotations

import gc
import os
import random
from typing import Any

import pytest
from tests.support import processes, programs

import trapline

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1200)]


def resident() -> int:
    """Return our resident memory in KiB."""
    return int(processes.status(os.getpid())["VmRSS"].split()[0])


def test_forty_thousand_hits_twenty_times(launch: Any) -> None:
    """Four threads x 10,000 hits: 40,000 seen, every time."""
    program = programs.build("threads.c", "-pthread")
    for _ in range(20):
        with trapline.launch([program, "4", "10000"], stdout=trapline.DEVNULL) as inferior:
            point = inferior.set_breakpoint("work", callback=lambda *_: None)
            assert inferior.run().code == 0
            assert point.hit_count == 40_000


def test_a_hundred_attaches_to_sixty_four_busy_threads() -> None:
    """Attach, hit, watch, detach, a hundred times: the process never notices."""
    with processes.running(programs.build("busy.c", "-pthread"), "64") as victim:
        for number in range(100):
            with trapline.attach(victim.pid) as inferior:
                assert len(inferior.threads) == 65
                if number % 2:
                    inferior.set_breakpoint("tick", callback=lambda _, point: point.hit_count >= 10)
                    if number % 4 == 3:
                        inferior.set_watchpoint(inferior.symbol("over"), length=4)
                    assert isinstance(inferior.resume(timeout=60), trapline.BreakpointHit)
            assert processes.tracer(victim.pid) == 0
        victim.communicate(timeout=60)
        assert victim.returncode == 7


def test_a_million_hits_in_flat_memory(launch: Any) -> None:
    """A million hits: exact, and neither memory nor descriptors grow."""
    inferior = launch([programs.build("hits.c"), "1000000"], stdout=trapline.DEVNULL)
    seen: list[tuple[int, int]] = []

    def look(inferior: Any, point: Any) -> None:
        if point.hit_count % 100_000 == 0:
            gc.collect()
            seen.append((resident(), len(processes.descriptors())))

    point = inferior.set_breakpoint("one", callback=look)
    assert inferior.run().code == 0
    assert point.hit_count == 1_000_000
    assert len({descriptors for _, descriptors in seen}) == 1
    assert seen[-1][0] - seen[0][0] < 1024


def test_random_walks(launch: Any) -> None:
    """A thousand random operations on threaded programs: no hang, nothing but errors of ours."""
    generator = random.Random(20)
    program = programs.build("busy.c", "-pthread")
    operations = 0
    while operations < 1000:
        with trapline.launch([program, "4"], stdin=trapline.PIPE, stdout=trapline.DEVNULL) as inferior:
            inferior.advance("main")
            for _ in range(50):
                operations += 1
                walk(inferior, generator)
                if inferior.state != "stopped":
                    break


def walk(inferior: Any, generator: random.Random) -> None:
    """Do one random thing with a stopped inferior."""

    def resume() -> None:
        try:
            inferior.resume(timeout=0.01)
        except trapline.StopTimeout:
            inferior.interrupt()
            inferior.wait(timeout=60)

    acts = [
        resume,
        lambda: inferior.step_instruction(generator.randrange(1, 20), timeout=0.5),
        lambda: inferior.next_instruction(timeout=0.5),
        lambda: inferior.set_breakpoint("tick", temporary=generator.random() < 0.5),
        lambda: inferior.set_breakpoint("tick", callback=lambda *_: generator.random() < 0.1),
        lambda: [point.delete() for point in inferior.breakpoints],
        lambda: [point.disable() for point in inferior.breakpoints],
        lambda: inferior.set_watchpoint(inferior.symbol("counter"), length=8),
        lambda: [point.delete() for point in inferior.watchpoints],
        lambda: setattr(inferior, "thread", generator.choice(inferior.threads)),
        lambda: inferior.syscall("getpid"),
        lambda: inferior.call("getpid", timeout=0.5),
        lambda: [thread.registers.rip for thread in inferior.threads],
        lambda: inferior.send_signal(generator.choice(["SIGCHLD", "SIGWINCH", "SIGURG"])),
        lambda: inferior.set_catchpoint("syscall", "read", callback=lambda *_: None),
        lambda: [point.delete() for point in inferior.catchpoints],
    ]
    try:
        generator.choice(acts)()
    except trapline.StopTimeout:
        inferior.interrupt()
        if inferior.state == "running":
            inferior.wait(timeout=60)
    except trapline.DebuggerError as error:
        assert "\n" not in str(error)
