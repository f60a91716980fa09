"""What goes wrong outside: the inferior dies at each moment, signals storm, our own process ends."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.support import processes, programs

import trapline

PAUSE = 34
"""The number of pause(2)."""


def kill_from_outside(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    processes.until(lambda: processes.state(pid) in ("Z", "X", ""), what="the inferior's death")


def test_killed_while_running(launch: Any) -> None:
    """SIGKILL from outside while it runs: the waiting call returns how it ended."""
    inferior = launch([programs.build("busy.c", "-pthread"), "3"], stdin=trapline.PIPE, stdout=trapline.PIPE)
    inferior.resume_nowait()
    inferior.stdout.read_until(b"ready\n", timeout=20)
    os.kill(inferior.pid, signal.SIGKILL)
    assert inferior.wait(timeout=20).status == trapline.ExitStatus(signal=9)


ACTS = {
    "resume": lambda i: i.resume(),
    "run": lambda i: i.run(),
    "step": lambda i: i.step_instruction(),
    "finish": lambda i: i.finish(),
    "advance": lambda i: i.advance("two"),
    "write a register": lambda i: setattr(i.thread.registers, "rip", 5),
    "read a vector": lambda i: i.thread.registers.xmm0,
    "read memory": lambda i: i.memory.read(i.symbol("one"), 4),
    "write memory": lambda i: i.memory.write(i.symbol("ones"), b"1234"),
    "search": lambda i: list(i.memory.search(b"needle")),
    "frames": lambda i: list(i.thread.frames()),
    "mappings": lambda i: i.mappings,
    "disassemble": lambda i: i.disassemble("one", 3),
    "breakpoint": lambda i: i.set_breakpoint("two"),
    "delete": lambda i: i.breakpoints[0].delete(),
    "watchpoint": lambda i: i.set_watchpoint(i.symbol("ones"), length=8),
    "catchpoint": lambda i: i.set_catchpoint("syscall"),
    "call": lambda i: i.call("one", 1),
    "syscall": lambda i: i.syscall("getpid"),
    "signal": lambda i: i.send_signal("SIGUSR1"),
    "interrupt": lambda i: i.interrupt(),
    "detach": lambda i: i.detach(),
    "kill": lambda i: i.kill(),
}


@pytest.mark.parametrize("act", ACTS)
def test_killed_while_stopped(launch: Any, act: str) -> None:
    """SIGKILL while it is stopped: whatever comes next works or says so in one clear line; then the end is
    known, and the session goes on with a restart."""
    inferior = launch([programs.build("hits.c"), "10"], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("one")
    inferior.resume()
    kill_from_outside(inferior.pid)
    try:
        ACTS[act](inferior)
    except trapline.DebuggerError as error:
        assert "\n" not in str(error)
    if inferior.state == trapline.State.STOPPED:
        assert inferior.resume(timeout=20).status == trapline.ExitStatus(signal=9)
    if inferior.state != trapline.State.DETACHED:
        assert inferior.exit_status == trapline.ExitStatus(signal=9)
    with pytest.raises(trapline.InferiorExited):
        inferior.resume()
    inferior.restart()
    assert inferior.run(lambda *_: None).code == 0


@pytest.mark.parametrize("act", ACTS)
def test_killed_and_used_in_a_callback(launch: Any, act: str) -> None:
    """SIGKILL in a callback that goes on using it: at most one clear error, and the end is known."""
    failures = []

    def use(inferior: Any, point: Any) -> None:
        kill_from_outside(inferior.pid)
        try:
            ACTS[act](inferior)
        except trapline.DebuggerError as error:
            failures.append(str(error))

    inferior = launch([programs.build("hits.c"), "10"], stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint("one", callback=use)
    try:
        assert inferior.run(timeout=20) == trapline.ExitStatus(signal=9)
    except trapline.InferiorExited:
        assert act == "detach"
    assert all("\n" not in failure for failure in failures)
    assert point.hit_count == 1


def kill_when_asleep(pid: int, number: int) -> threading.Thread:
    """Kill a process from another thread, once its leader sleeps in the system call of that number."""

    def kill() -> None:
        processes.wait_blocked(pid, number)
        os.kill(pid, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def test_killed_in_a_callback(launch: Any) -> None:
    """SIGKILL while a callback runs: the run ends with it."""
    inferior = launch([programs.build("hits.c"), "10"], stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint("one", callback=lambda i, b: kill_from_outside(i.pid))
    assert inferior.run() == trapline.ExitStatus(signal=9)
    assert point.hit_count == 1


def test_killed_in_an_injected_call(launch: Any) -> None:
    """SIGKILL while a function runs on our behalf: InferiorExited, no hang."""
    inferior = launch([programs.build("hits.c"), "10"], stdout=trapline.DEVNULL)
    inferior.advance("main")
    killer = kill_when_asleep(inferior.pid, PAUSE)
    with pytest.raises(trapline.InferiorExited):
        inferior.call("pause")
    killer.join()
    assert inferior.exit_status == trapline.ExitStatus(signal=9)


def test_killed_in_an_injected_system_call(launch: Any) -> None:
    """SIGKILL while an injected system call blocks: InferiorExited, no hang."""
    inferior = launch([programs.build("hits.c"), "10"], stdout=trapline.DEVNULL)
    inferior.advance("main")
    killer = kill_when_asleep(inferior.pid, PAUSE)
    with pytest.raises(trapline.InferiorExited):
        inferior.syscall("pause")
    killer.join()
    assert inferior.exit_status == trapline.ExitStatus(signal=9)


@pytest.mark.parametrize("call", ["call", "syscall"])
def test_killed_in_a_call_beside_other_threads(launch: Any, call: str) -> None:
    """Rule 14: the leader dies in a call of ours; its exit comes only when the others have been reaped."""
    inferior = launch([programs.build("busy.c"), "3"], stdin=trapline.PIPE, stdout=trapline.DEVNULL)
    inferior.set_breakpoint("tick", ignore_count=100)
    inferior.resume()
    inferior.thread = next(thread for thread in inferior.threads if thread.tid == inferior.pid)
    inferior.breakpoints[0].delete()
    killer = kill_when_asleep(inferior.pid, PAUSE)
    with pytest.raises(trapline.InferiorExited):
        getattr(inferior, call)("pause")
    killer.join()
    assert inferior.exit_status == trapline.ExitStatus(signal=9)
    assert inferior.threads == ()


def test_a_call_with_a_timeout_is_undone(launch: Any) -> None:
    """A call that does not come back in time is undone: registers as before, and the program goes on."""
    inferior = launch([programs.build("hits.c"), "10"], stdout=trapline.DEVNULL)
    inferior.advance("main")
    before = [inferior.thread.registers[name] for name in inferior.thread.registers]
    with pytest.raises(trapline.StopTimeout):
        inferior.call("pause", timeout=0.1)
    assert before == [inferior.thread.registers[name] for name in inferior.thread.registers]
    assert inferior.run().code == 0


def test_killed_at_random_moments(launch: Any) -> None:
    """Forty inferiors with hot threads, each killed at another moment: every run ends with SIGKILL."""
    generator = random.Random(7)
    program = programs.build("busy.c", "-pthread")
    for _ in range(40):
        with trapline.launch([program, "3"], stdin=trapline.PIPE, stdout=trapline.DEVNULL) as inferior:
            inferior.set_breakpoint("tick", callback=lambda *_: None)
            timer = threading.Timer(generator.random() * 0.05, os.kill, (inferior.pid, signal.SIGKILL))
            timer.start()
            status = inferior.run(timeout=30)
            timer.join()
            assert status.signal == 9


def test_exec_and_exit_races(launch: Any) -> None:
    """Exec from a thread while others run, thirty times: the new program's exit code is seen."""
    program = programs.build("execs.c", "-pthread")
    twelve = programs.build("twelve.c")
    for _ in range(30):
        with trapline.launch([program, "thread", twelve], stdout=trapline.DEVNULL) as inferior:
            inferior.set_breakpoint("before_exec", callback=lambda *_: None)
            assert inferior.run(timeout=30).code == 12


class Alarm(Exception):
    """What a user's handler raises."""


class Storm:
    """SIGINT and SIGALRM handlers that raise, but only into the block that is being tried."""

    def __init__(self) -> None:
        self.trying = False
        self.raised: Counter[type[BaseException]] = Counter()

    def __enter__(self) -> Storm:
        self.former = signal.signal(signal.SIGINT, self._interrupt), signal.signal(signal.SIGALRM, self._ring)
        return self

    def __exit__(self, *exception: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGINT, self.former[0])
        signal.signal(signal.SIGALRM, self.former[1])

    def _interrupt(self, number: int, frame: object) -> None:
        if self.trying:
            raise KeyboardInterrupt

    def _ring(self, number: int, frame: object) -> None:
        if self.trying:
            raise Alarm

    def attempt(self, function: Any) -> None:
        """Call the function, and count what a handler raised."""
        try:
            try:
                self.trying = True
                function()
                self.trying = False
            except (KeyboardInterrupt, Alarm) as error:
                self.trying = False
                self.raised[type(error)] += 1
        except (KeyboardInterrupt, Alarm):  # a second one, before the first was counted
            self.trying = False


def test_a_storm_of_raising_handlers(launch: Any) -> None:
    """Rule 3: random SIGINTs and an alarm every few milliseconds over 100,000 hits: no stop is lost, no
    hit counted twice, no hang; and wherever the exception comes out the inferior is stopped."""
    hits = 100_000
    inferior = launch([programs.build("hits.c"), str(hits)], stdout=trapline.PIPE)
    point = inferior.set_breakpoint("one", callback=lambda *_: None)
    script = (
        "import os, random, select\n"
        "while not select.select([0], [], [], random.random() * 0.02)[0]:\n"
        f" os.kill({os.getpid()}, 2)\n"
    )
    # Closing its stdin, at the end of the block, ends the sender: before the handlers are gone.
    with Storm() as storm, subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE):
        signal.setitimer(signal.ITIMER_REAL, 0.007, 0.007)
        # Both kinds come now; how many later, while the hits go by, depends on the machine.
        while min(storm.raised[KeyboardInterrupt], storm.raised[Alarm]) <= 20:
            storm.attempt(inferior.step_instruction)
            assert inferior.state == trapline.State.STOPPED
        while inferior.exit_status is None:
            storm.attempt(inferior.resume)
            assert inferior.state != trapline.State.RUNNING
    assert (point.hit_count, inferior.exit_status.code) == (hits, 0)
    assert inferior.stdout.read() == b"ones %d twos 0 sum %d\n" % (hits, hits * (hits + 1) // 2)


def test_a_storm_over_threads_and_steps(launch: Any) -> None:
    """Rule 3: the same with four hot threads, with single steps, with reported stops in between."""
    inferior = launch([programs.build("threads.c"), "4", "2000"], stdout=trapline.PIPE)
    point = inferior.set_breakpoint("work", callback=lambda *_: None)
    stops = inferior.set_breakpoint("*work", ignore_count=200)
    with Storm() as storm:
        signal.setitimer(signal.ITIMER_REAL, 0.003, 0.003)
        while inferior.exit_status is None:
            storm.attempt(inferior.resume)
            if inferior.exit_status is None:
                storm.attempt(inferior.step_instruction)
                stops.ignore_count = 50
    assert (point.hit_count, inferior.exit_status.code) == (8000, 0)
    assert inferior.stdout.read() == b"works 8000\n"
    assert storm.raised[Alarm] > 20


ENDINGS = {
    "exception": ("raise ValueError", 1),
    "sys.exit": ("sys.exit(3)", 3),
    "SIGTERM": ("os.kill(os.getpid(), 15)", -15),
    "SIGHUP": ("os.kill(os.getpid(), 1)", -1),
    "SIGINT": ("os.kill(os.getpid(), 2)", -2),
    "end of the script": ("pass", 0),
}
MOMENTS = {
    "running": "attached.resume_nowait()\n{end}",
    "after a timeout": "try: attached.resume(timeout=0.05)\nexcept TimeoutError: pass\n{end}",
    "stopped at a hit": "point.callback = None\nattached.resume()\n{end}",
    "in a callback": "point.callback = lambda *_: end()\nattached.resume()",
    "in a wait": "threading.Timer(0.05, os.kill, (os.getpid(), {signal})).start()\nattached.resume()",
}


def text_of(pid: int) -> dict[str, bytes]:
    """Return every executable mapping of a process with its bytes, slack included."""
    found = {}
    with Path(f"/proc/{pid}/mem").open("rb") as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, permissions = line.split()[:2]
            if "x" in permissions and "[vsyscall]" not in line:
                start, end = (int(part, 16) for part in span.split("-"))
                memory.seek(start)
                found[line] = memory.read(end - start)
    return found


@pytest.mark.parametrize(
    ("ending", "moment"),
    [
        (ending, moment)
        for ending in ENDINGS
        for moment in MOMENTS
        if (moment != "in a wait" or ending.startswith("SIG"))
        and (ending, moment) != ("end of the script", "in a callback")
    ],
)
def test_our_own_end_leaves_an_attached_process_whole(ending: str, moment: str) -> None:
    """Rule 5: however we end, an attached process with hot traps, slots and a watchpoint gets every byte and
    debug register back and runs on by itself; a launched one is gone."""
    last, code = ENDINGS[ending]
    with processes.running(programs.build("busy.c"), "2") as victim:
        before = text_of(victim.pid)
        script = (
            "import os, sys, threading, trapline\n"
            f"launched = trapline.launch([{programs.build('busy.c')!r}, '1'],"
            " stdin=trapline.PIPE, stdout=trapline.PIPE)\n"
            "print(launched.pid, flush=True)\n"
            f"attached = trapline.attach({victim.pid})\n"
            "for line in attached.disassemble('tick', 4):\n"
            "    point = attached.set_breakpoint(line.address, callback=lambda *_: None)\n"
            "attached.set_watchpoint(attached.symbol('over'), length=4)\n"
            f"def end():\n    {last}\n" + MOMENTS[moment].format(end="end()", signal=-code)
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done.stderr
        launched = int(done.stdout)
        processes.until(lambda: processes.state(launched) in ("", "Z"), what="the launched one's death")
        assert processes.tracer(victim.pid) == 0
        assert before == text_of(victim.pid)
        assert victim.communicate(timeout=20)[0] is not None
        assert victim.returncode == 7


@pytest.mark.parametrize("launched", [False, True])
def test_the_end_of_a_thread_of_ours(launched: bool) -> None:
    """Rules 5 and 13: the thread that debugs returns without a word: what it attached to is whole, and what
    it launched is gone, while the interpreter goes on."""
    program = programs.build("busy.c")
    with processes.running(program, "2") as victim:
        before, pids = text_of(victim.pid), []

        def debug() -> None:
            inferior = (
                trapline.launch([program, "1"], stdin=trapline.PIPE, stdout=trapline.DEVNULL)
                if launched
                else trapline.attach(victim.pid)
            )
            pids.append(inferior.pid)
            inferior.set_breakpoint("tick", callback=lambda *_: None)
            with pytest.raises(trapline.StopTimeout):
                inferior.resume(timeout=0.05)

        thread = threading.Thread(target=debug)
        thread.start()
        thread.join()
        if launched:
            processes.until(lambda: processes.state(pids[0]) == "", what="the launched one's end")
        assert processes.tracer(victim.pid) == 0
        assert before == text_of(victim.pid)
        victim.communicate(timeout=20)
        assert victim.returncode == 7


def test_sigkill_of_the_debugger_kills_what_it_launched() -> None:
    """After SIGKILL a launched inferior is gone with us (EXITKILL); more cannot be promised (KERNEL 5)."""
    script = (
        "import os, trapline\n"
        "inferior = trapline.launch(['/bin/sleep', '100'])\n"
        "inferior.resume_nowait()\n"
        "print(inferior.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == -9
    launched = int(done.stdout)
    processes.until(lambda: processes.state(launched) in ("", "Z"), what="the launched one's death")
