"""Steps in the instruction's own place: code where no slot can be had, stepped with all others stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import Any

import pytest
from tests.support import processes, programs

import trapline


def ready(launch: Any, *arguments: str) -> Any:
    """Return inline.c, stopped where its code is in place and its filter set."""
    inferior = launch([programs.build("inline.c"), *arguments], stdout=trapline.PIPE)
    inferior.set_breakpoint("ready", temporary=True)
    inferior.resume()
    return inferior


def code(inferior: Any, name: str) -> int:
    """Return the load address that a pointer of inline.c holds."""
    return int(inferior.memory.read_pointer(inferior.symbol(name)))


def counting(inferior: Any) -> list[Any]:
    """Set a breakpoint on each instruction of count()."""
    lines = inferior.disassemble(code(inferior, "count"), 5)
    return [inferior.set_breakpoint(line.address) for line in lines]


@pytest.mark.parametrize("threads", [1, 4])
def test_every_instruction_in_every_thread(launch: Any, threads: int) -> None:
    """Rule 35: hits are exact with hot threads, and `inline_steps` says how many were stepped in place."""
    inferior = ready(launch, "count", str(threads), "200")
    points = counting(inferior)
    assert inferior.run(lambda *_: None, timeout=60).code == 0
    assert inferior.stdout.read() == b"counted %d\n" % (200 * threads)
    assert [point.hit_count for point in points] == [200 * threads] * len(points)
    assert inferior.inline_steps >= 200 * threads * len(points)


def test_signals_beside_inline_steps(launch: Any) -> None:
    """Rules 1 and 35: a storm of signals; each hit stays one, and the handled ones arrive afterwards."""
    inferior = ready(launch, "count", "2", "150")
    points = counting(inferior)
    inferior.handle_signal("SIGWINCH", stop=False, deliver=True)
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import os\ntry:\n while True: os.kill({inferior.pid}, 28)\nexcept OSError: 0",
        ]
    ) as sender:
        assert inferior.run(lambda *_: None, timeout=60).code == 0
        sender.kill()
    assert inferior.stdout.read() == b"counted 300\n"
    assert [point.hit_count for point in points] == [300] * len(points)


def test_a_waiting_system_call_does_not_hold_the_others(launch: Any) -> None:
    """Rule 11d: a futex wait with a breakpoint on its syscall instruction: the one who wakes it must run."""
    inferior = ready(launch, "futex")
    at = inferior.set_breakpoint(code(inferior, "syscall_at"))
    counted = inferior.set_breakpoint(code(inferior, "count"))
    assert inferior.run(lambda *_: None, timeout=20).code == 0
    assert inferior.stdout.read() == b"woken 1 counted 50\n"
    assert at.hit_count >= 2
    assert counted.hit_count == 50


def test_a_waiting_system_call_is_still_seen_by_a_catch(launch: Any) -> None:
    """Rules 11d and 27: with a catchpoint its entry and its return are reported, once each."""
    inferior = ready(launch, "futex")
    inferior.set_breakpoint(code(inferior, "syscall_at"), callback=lambda *_: None)
    seen: dict[str, int] = {}

    def note(_: Any, stop: Any) -> None:
        if stop.thread.tid == inferior.pid and seen.get("entries", 0) == seen.get("returns", 0):
            assert isinstance(stop, trapline.SyscallEntry)
        kind = "entries" if isinstance(stop, trapline.SyscallEntry) else "returns"
        if stop.thread.tid == inferior.pid:
            seen[kind] = seen.get(kind, 0) + 1

    inferior.set_catchpoint("syscall", "futex", callback=note)
    assert inferior.run(timeout=20).code == 0
    assert inferior.stdout.read() == b"woken 1 counted 50\n"
    assert seen["entries"] == seen["returns"] >= 1


@pytest.mark.parametrize("end", ["exec", "exit", "kill"])
def test_an_end_during_such_steps(launch: Any, end: str) -> None:
    """Rule 35: exec, exit and death while threads are stepped in place: no hang, and the exact end."""
    twelve = programs.build("twelve.c")
    for _ in range(5):
        with trapline.launch(
            [programs.build("inline.c"), "count" if end == "kill" else end, twelve], stdout=trapline.DEVNULL
        ) as inferior:
            inferior.set_breakpoint("ready", temporary=True)
            inferior.resume()
            counting(inferior)
            if end == "kill":
                timer = threading.Timer(0.02, os.kill, (inferior.pid, signal.SIGKILL))
                timer.start()
            status = inferior.run(lambda *_: None, timeout=30)
            if end == "kill":
                timer.join()
                assert status.signal == signal.SIGKILL
            else:
                assert status.code == (12 if end == "exec" else 9)


def test_detached_between_such_steps(attach: Any) -> None:
    """Rule 35: what was stepped in place is whole after detach: the process runs on and ends by itself."""
    with processes.running(programs.build("inline.c"), "after", "3", "3000000", ready=None) as victim:
        processes.wait_blocked(victim.pid, 0)
        inferior = attach(victim.pid)
        points = counting(inferior)
        for point in points:
            point.callback = lambda *_: None
        assert victim.stdin is not None
        victim.stdin.write(b"x")
        victim.stdin.flush()
        inferior.resume_nowait()

        def are_hit() -> bool:
            with pytest.raises(trapline.StopTimeout):
                inferior.wait(timeout=0.1)
            return all(point.hit_count > 30 for point in points)

        processes.until(are_hit, what="hits")
        inferior.detach()
        assert victim.communicate(timeout=60)[0] == b"counted 9000000\n"
        assert victim.returncode == 0
