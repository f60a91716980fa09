"""What goes wrong outside: the inferior dies at each moment, signals storm, our own process ends."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from typing import Any

import pytest
from tests.support import processes, programs

import trapline


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


@pytest.mark.parametrize("act", ["resume", "step_instruction", "registers", "memory", "run", "interrupt"])
def test_killed_while_stopped(launch: Any, act: str) -> None:
    """SIGKILL while it is stopped: what comes next says so in one clear line, and the session goes on."""
    inferior = launch([programs.build("hits.c"), "10"], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("one")
    inferior.resume()
    kill_from_outside(inferior.pid)
    try:
        if act == "registers":
            inferior.thread.registers.rip = 5
        elif act == "memory":
            inferior.memory.read(inferior.symbol("one"), 4)
        elif act == "run":
            assert inferior.run().signal == 9
        elif act == "interrupt":
            assert inferior.interrupt() is False
        else:
            stop = getattr(inferior, act)()
            assert stop.status.signal == 9
    except trapline.DebuggerError as error:
        assert "\n" not in str(error)
    inferior.restart()
    assert inferior.run(lambda *_: None).code == 0


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
    timer = threading.Timer(0.1, os.kill, (inferior.pid, signal.SIGKILL))
    timer.start()
    with pytest.raises(trapline.InferiorExited):
        inferior.call("pause")
    timer.join()
    assert inferior.exit_status == trapline.ExitStatus(signal=9)


def test_killed_in_an_injected_system_call(launch: Any) -> None:
    """SIGKILL while an injected system call blocks: InferiorExited, no hang."""
    inferior = launch([programs.build("hits.c"), "10"], stdout=trapline.DEVNULL)
    inferior.advance("main")
    timer = threading.Timer(0.1, os.kill, (inferior.pid, signal.SIGKILL))
    timer.start()
    with pytest.raises(trapline.DebuggerError):
        inferior.syscall("pause")
    timer.join()
    assert inferior.state == trapline.State.EXITED


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


def test_a_storm_of_interrupts(launch: Any) -> None:
    """300 SIGINTs over 100,000 hits: every hit is counted once, and none of the interrupts hangs it."""
    hits = 100_000
    inferior = launch([programs.build("hits.c"), str(hits)], stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint("one", callback=lambda *_: None)
    sender = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, random, sys, time\n"
            f"for _ in range(300):\n time.sleep(random.random() * 0.02)\n os.kill({os.getpid()}, 2)\n",
        ]
    )
    interrupted = 0
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        while inferior.exit_status is None or sender.poll() is None:
            try:
                if inferior.exit_status is None:
                    inferior.resume()
                else:
                    sender.wait()
            except KeyboardInterrupt:
                interrupted += 1
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sender.wait()
        signal.signal(signal.SIGINT, former)
    assert point.hit_count == hits
    assert inferior.exit_status.code == 0
    assert interrupted > 0


class Alarm(Exception):
    """What a user's handler raises."""


def test_a_storm_of_raising_alarms(launch: Any) -> None:
    """A handler that raises every few milliseconds: no stop is lost and no hit counted twice."""
    hits = 20_000
    inferior = launch([programs.build("hits.c"), str(hits)], stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint("one", callback=lambda *_: None)

    def ring(number: int, frame: object) -> None:
        raise Alarm

    raised = 0
    former = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.003, 0.003)
    try:
        while inferior.exit_status is None:
            try:
                inferior.resume()
            except Alarm:
                raised += 1
    except Alarm:
        raised += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
    if inferior.exit_status is None:
        inferior.run()
    assert point.hit_count == hits
    assert raised > 0


ENDINGS = {
    "exception": ("raise ValueError", 1),
    "sys.exit": ("sys.exit(3)", 3),
    "SIGTERM": ("os.kill(os.getpid(), 15)", -15),
    "SIGHUP": ("os.kill(os.getpid(), 1)", -1),
    "SIGINT": ("os.kill(os.getpid(), 2)", -2),
    "end of the script": ("pass", 0),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_our_own_end_leaves_an_attached_process_whole(ending: str) -> None:
    """However we end, an attached process with hot breakpoints runs on; a launched one is gone."""
    last, code = ENDINGS[ending]
    with processes.running(programs.build("busy.c", "-pthread"), "2") as victim:
        script = (
            "import os, sys, trapline\n"
            f"attached = trapline.attach({victim.pid})\n"
            f"launched = trapline.launch([{programs.build('busy.c', '-pthread')!r}, '1'],"
            " stdin=trapline.PIPE, stdout=trapline.PIPE)\n"
            "attached.set_breakpoint('tick', callback=lambda *_: None)\n"
            "attached.resume_nowait(); launched.resume_nowait()\n"
            "try: attached.wait(timeout=0.1)\n"
            "except TimeoutError: print(launched.pid, flush=True)\n"
            f"{last}\n"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done.stderr
        launched = int(done.stdout)
        processes.until(lambda: processes.state(launched) in ("", "Z"), what="the launched one's death")
        assert processes.tracer(victim.pid) == 0
        assert victim.communicate(timeout=20)[0] is not None
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
