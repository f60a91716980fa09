"""Running processes: seized with all their threads, looked at, and let go as if nothing had been."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support import processes, programs

import trapline
from trapline.backend.native import attach as backend

NR_READ, NR_POLL, NR_NANOSLEEP, NR_EPOLL_WAIT, NR_FUTEX = 0, 7, 35, 232, 202


@pytest.fixture
def attach(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Any]:
    """`trapline.attach`; whoever started the victim lets go of it first, however the test ends.

    Rule 14: a process with traced threads cannot be waited for before its tracer has reaped them.
    """
    attached: list[Any] = []

    def attach_and_remember(pid: int) -> Any:
        attached.append(trapline.attach(pid))
        return attached[-1]

    def let_go(start: Any) -> Any:
        @contextlib.contextmanager
        def started(*argv: str) -> Iterator[Any]:
            with start(*argv) as victim:
                try:
                    yield victim
                finally:
                    for inferior in attached:
                        inferior.__exit__(None, None, None)

        return started

    monkeypatch.setattr(processes, "running", let_go(processes.running))
    monkeypatch.setattr(processes, "stranger", let_go(processes.stranger))
    return attach_and_remember


def untraced(pid: int) -> bool:
    """Whether no thread of the process has a tracer."""
    return {processes.tracer(pid, tid) for tid in processes.threads(pid)} <= {0}


def text_of(pid: int) -> dict[str, bytes]:
    """Return every executable file mapping of a process as it is in memory, by its line in maps."""
    found = {}
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, flags, *_ = line.split()
            if "x" in flags and "/" in line:
                low, high = (int(part, 16) for part in span.split("-"))
                memory.seek(low)
                found[line] = memory.read(high - low)
    return found


def end(victim: subprocess.Popen[bytes]) -> int:
    """Close its stdin and return how it ended."""
    assert victim.stdin is not None
    victim.stdin.close()
    return victim.wait(20)


# -- attaching ------------------------------------------------------------------------------------


def test_all_threads_are_seized_and_stopped(attach: Any) -> None:
    """Every thread is there, stopped in the kernel's eyes too, and the program's file is known."""
    program = programs.build("busy.c")
    with processes.running(program, "16") as victim:
        inferior = attach(victim.pid)
        assert (inferior.pid, inferior.state, inferior.launched) == (victim.pid, "stopped", False)
        assert {thread.tid for thread in inferior.threads} == set(processes.threads(victim.pid))
        assert {"t"} == {processes.state(victim.pid, tid) for tid in processes.threads(victim.pid)}
        assert os.path.realpath(program) == os.path.realpath(inferior.exe)
        assert list(inferior.argv) == [program, "16"]
        assert inferior.symbol("tick").address == programs.load_address(victim.pid, program, "tick")


def test_a_process_that_never_stops_giving_birth(attach: Any) -> None:
    """Threads born while the others are seized are seized too: none is left running or untraced."""
    with processes.running(programs.build("births.c"), "6") as victim:
        for _ in range(15):
            inferior = attach(victim.pid)
            alive = {
                tid for tid in processes.threads(victim.pid) if processes.state(victim.pid, tid) not in "ZX"
            }
            assert {thread.tid for thread in inferior.threads} == alive
            assert {"t"} == {processes.state(victim.pid, tid) for tid in alive}
            born = inferior.set_breakpoint("born", callback=lambda _, point: point.hit_count == 5)
            assert (born,) == inferior.resume(timeout=20).breakpoints
            inferior.detach()
            assert untraced(victim.pid)
        assert end(victim) == 7


def test_every_thread_hits_after_attach(attach: Any) -> None:
    """A breakpoint set after attach holds in all threads."""
    with processes.running(programs.build("busy.c"), "8") as victim:
        inferior = attach(victim.pid)
        seen = set()

        def look(inferior: Any, point: Any) -> bool:
            seen.add(inferior.thread.tid)
            return len(seen) == 8

        inferior.set_breakpoint("tick", callback=look)
        inferior.resume(timeout=20)
        assert seen == {thread.tid for thread in inferior.threads} - {victim.pid}


def test_a_zombie_leader(attach: Any) -> None:
    """Rule 14: the leader has exited, /proc/PID is empty, SEIZE of it refused: the others are debugged."""
    program = programs.build("zombie_leader.c")
    with processes.running(program) as victim:
        assert processes.state(victim.pid) == "Z"
        inferior = attach(victim.pid)
        assert victim.pid not in {thread.tid for thread in inferior.threads}
        assert os.path.realpath(program) == os.path.realpath(inferior.exe)
        assert len(inferior.mappings) > 3
        tick = inferior.set_breakpoint("tick")
        assert inferior.memory.read(tick.locations[0].address, 1) != b"\xcc"
        inferior.resume_nowait()
        victim.stdin.write(b"x")
        victim.stdin.flush()
        assert (tick,) == inferior.wait(timeout=20).breakpoints
        inferior.detach()
        assert end(victim) == 6


def test_a_zombie_leader_that_is_not_our_child(attach: Any) -> None:
    """Rule 14: its exit comes only when every thread has been reaped, by us as well as by its parent."""
    with processes.stranger(programs.build("zombie_leader.c")) as victim:
        inferior = attach(victim.pid)
        inferior.resume_nowait()
        victim.stdin.close()
        assert inferior.wait(timeout=20).status.code == 6
        assert victim.wait(20) == 6


# -- in whatever it waits -------------------------------------------------------------------------

BLOCKED = [
    ("read", NR_READ, b"result 1 errno 0\n"),
    ("poll", NR_POLL, b"result 1 errno 0\n"),
    ("epoll", NR_EPOLL_WAIT, b"result 1 errno 0\n"),
    ("futex", NR_FUTEX, b"result 0 errno 0\n"),
    ("nanosleep", NR_NANOSLEEP, b"result -1 errno 4\n"),  # too long to be waited for: SIGUSR1 ends it
]


@pytest.mark.parametrize(("call", "number", "result"), BLOCKED, ids=[case[0] for case in BLOCKED])
def test_a_process_blocked_in_a_system_call(attach: Any, call: str, number: int, result: bytes) -> None:
    """Rules 10 and 18: attached to, looked at, run for a while and let go, the call never notices."""
    with processes.running(programs.build("blocked.c"), call, "600") as victim:
        processes.wait_blocked(victim.pid, number)
        inferior = attach(victim.pid)
        assert inferior.threads[0].registers.orig_rax in (number, 2**64 - 1)
        assert inferior.syscall("getpid") == victim.pid
        inferior.resume_nowait()
        inferior.interrupt()
        assert isinstance(inferior.wait(timeout=20), trapline.Interrupted)
        inferior.detach()
        # Asleep again first: a futex whose word changed before its call was begun again would say EAGAIN.
        processes.until(
            lambda: processes.blocked_in(victim.pid) in (number, processes.RESTART_SYSCALL), what="its sleep"
        )
        if call == "nanosleep":
            os.kill(victim.pid, signal.SIGUSR1)
        assert victim.communicate(b"x", timeout=20)[0] == result


@pytest.mark.parametrize(("call", "number", "result"), BLOCKED, ids=[case[0] for case in BLOCKED])
def test_its_call_ends_while_it_is_debugged(attach: Any, call: str, number: int, result: bytes) -> None:
    """Rules 10 and 18: the same, the call ending under our eyes."""
    with processes.running(programs.build("blocked.c"), call, "600") as victim:
        processes.wait_blocked(victim.pid, number)
        inferior = attach(victim.pid)
        inferior.handle_signal("SIGUSR1", stop=False, deliver=True)
        inferior.set_breakpoint("printf", callback=lambda *_: None)
        inferior.resume_nowait()
        assert victim.stdin is not None and victim.stdout is not None
        victim.stdin.write(b"x")
        victim.stdin.flush()
        if call == "nanosleep":
            os.kill(victim.pid, signal.SIGUSR1)
        assert inferior.wait(timeout=20).status.code == 0
        # A futex wait that is restarted late finds its word changed.  Source: futex(2), EAGAIN.
        late = {b"result -1 errno 11\n"} if call == "futex" else set()
        assert victim.stdout.read() in {result, *late}


# -- group-stop -----------------------------------------------------------------------------------


def stop_by_signal(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    processes.until(
        lambda: {"T"} == {processes.state(pid, tid) for tid in processes.threads(pid)}, what="a group-stop"
    )


def test_a_process_in_group_stop_stays_so_through_attach_and_detach(attach: Any) -> None:
    """Rule 34: looked at and let go it is still stopped; SIGCONT lets it go on."""
    with processes.running(programs.build("busy.c"), "3") as victim:
        stop_by_signal(victim.pid)
        inferior = attach(victim.pid)
        assert len(inferior.threads) == 4
        assert inferior.thread.registers.rip
        inferior.detach()
        processes.until(lambda: processes.state(victim.pid) == "T", what="the group-stop to go on")
        os.kill(victim.pid, signal.SIGCONT)
        assert end(victim) == 7


def test_a_resume_does_not_end_a_group_stop(attach: Any) -> None:
    """Rule 34: resume() LISTENs: nothing runs before SIGCONT; interrupt() works meanwhile (8 a)."""
    with processes.running(programs.build("busy.c"), "3") as victim:
        stop_by_signal(victim.pid)
        inferior = attach(victim.pid)
        counter = inferior.symbol("counter")
        before = inferior.memory.read_integer(counter)
        with pytest.raises(trapline.StopTimeout):
            inferior.resume(timeout=0.1)
        assert inferior.interrupt() is True
        assert isinstance(inferior.wait(timeout=20), trapline.Interrupted)
        assert before == inferior.memory.read_integer(counter)
        tick = inferior.set_breakpoint("tick")
        inferior.resume_nowait()
        os.kill(victim.pid, signal.SIGCONT)
        stops = [inferior.wait(timeout=20), inferior.resume(timeout=20)]
        while not any(isinstance(stop, trapline.SignalReceived) for stop in stops):
            stops.append(inferior.resume(timeout=20))  # one thread takes SIGCONT, the others may hit first
        assert [stop.signal for stop in stops if isinstance(stop, trapline.SignalReceived)] == [
            signal.SIGCONT
        ]
        assert any(isinstance(stop, trapline.BreakpointHit) for stop in stops)
        tick.delete()
        inferior.detach()
        assert end(victim) == 7


# -- letting go -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["running", "stranger"])
def test_detach_leaves_every_byte_in_place(attach: Any, kind: str) -> None:
    """Hundreds of traps, their slots, an injected call and a watchpoint: afterwards memory is as before."""
    with getattr(processes, kind)(programs.build("busy.c"), "4") as victim:
        before = text_of(victim.pid)
        maps = Path(f"/proc/{victim.pid}/maps").read_text().splitlines()
        inferior = attach(victim.pid)
        inferior.set_breakpoint(re.compile("^(tick|pthread_.*|str.*|mem.*)$"), callback=lambda *_: None)
        hit = inferior.set_breakpoint("tick", callback=lambda _, point: point.hit_count == 200)
        inferior.set_watchpoint(inferior.symbol("over"), length=4)
        assert (hit,) == inferior.resume(timeout=20).breakpoints
        assert inferior.call("getpid") == victim.pid
        assert before != text_of(victim.pid)
        inferior.detach()
        assert before == text_of(victim.pid)
        assert maps == Path(f"/proc/{victim.pid}/maps").read_text().splitlines()
        assert end(victim) == 7  # and `over` is written: a debug register left behind would kill it


@pytest.mark.parametrize("moment", ["stopped", "running", "interrupted", "stepping", "in a callback"])
def test_detach_at_any_moment(attach: Any, moment: str) -> None:
    """Rules 8 b and 16: it runs on with no signal pending, no stop, its own pcs: it ends by itself."""
    with processes.running(programs.build("busy.c"), "4") as victim:
        for _ in range(5):
            inferior = attach(victim.pid)
            inferior.set_breakpoint("tick", callback=lambda _, point: point.hit_count % 50 == 0)
            if moment == "in a callback":
                inferior.breakpoints[0].callback = lambda inferior, point: inferior.detach()
                with pytest.raises(trapline.InferiorExited):
                    inferior.resume(timeout=20)
            else:
                inferior.resume(timeout=20)
            if moment in ("running", "interrupted"):
                inferior.resume_nowait()
            if moment == "interrupted":
                sender = threading.Thread(target=inferior.interrupt)
                sender.start()
                sender.join()
            elif moment == "stepping":
                for _ in range(7):
                    inferior.step_instruction()
            if moment != "in a callback":
                inferior.detach()
            assert inferior.state == trapline.State.DETACHED
            for tid in processes.threads(victim.pid):
                facts = processes.status(victim.pid, tid)
                assert (int(facts["SigPnd"], 16), int(facts["ShdPnd"], 16)) == (0, 0)
                assert facts["TracerPid"] == "0"
                assert facts["State"][0] not in "Tt"
        assert end(victim) == 7


def test_detach_delivers_what_was_kept_back(attach: Any) -> None:
    """A signal that was reported and not dropped reaches the program; one that was dropped does not."""
    with processes.running(programs.build("busy.c"), "2") as victim:
        inferior = attach(victim.pid)
        inferior.resume_nowait()
        os.kill(victim.pid, signal.SIGTERM)
        assert inferior.wait(timeout=20).signal == signal.SIGTERM
        inferior.detach()
        assert victim.wait(20) == -signal.SIGTERM


def test_leaving_the_block_lets_go(attach: Any) -> None:
    """`with attach()` detaches: stopped, running, after a timeout, by an exception."""
    with processes.running(programs.build("busy.c"), "2") as victim:
        with trapline.attach(victim.pid):
            pass
        assert untraced(victim.pid)
        with trapline.attach(victim.pid) as inferior:
            inferior.set_breakpoint("tick", callback=lambda *_: None)
            with pytest.raises(trapline.StopTimeout):
                inferior.resume(timeout=0.05)
        assert untraced(victim.pid)
        with pytest.raises(ZeroDivisionError), trapline.attach(victim.pid) as inferior:
            inferior.set_breakpoint("tick", callback=lambda *_: 1 / 0)
            inferior.resume()
        assert untraced(victim.pid)
        assert end(victim) == 7


def test_calls_after_detach(attach: Any) -> None:
    """InferiorExited at once, saying that it was detached; attach again works with a new handle."""
    with processes.running(programs.build("busy.c"), "1") as victim:
        inferior = attach(victim.pid)
        inferior.detach()
        calls: list[Callable[[], Any]] = [
            inferior.resume,
            inferior.run,
            inferior.wait,
            inferior.detach,
            inferior.kill,
            inferior.step_instruction,
            lambda: inferior.set_breakpoint("tick"),
            lambda: inferior.thread.registers.rip,
        ]
        for call in calls:
            with pytest.raises(trapline.InferiorExited, match="detached"):
                call()
        with pytest.raises(trapline.InferiorExited):
            inferior.memory.read(0x1000, 1)
        assert inferior.interrupt() is False
        again = attach(victim.pid)
        assert again.set_breakpoint("tick").locations


def test_again_and_again_with_many_threads(attach: Any) -> None:
    """Attach and detach with 64 busy threads, a hot breakpoint each time; a hundred times in tests/soak."""
    with processes.running(programs.build("busy.c"), "64") as victim:
        for _ in range(8):
            inferior = attach(victim.pid)
            assert len(inferior.threads) == 65
            inferior.set_breakpoint("tick", callback=lambda _, point: point.hit_count == 20)
            assert isinstance(inferior.resume(timeout=60), trapline.BreakpointHit)
            inferior.detach()
            assert untraced(victim.pid)
        assert end(victim) == 7


# -- races ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["running", "stranger"])
def test_attach_during_exec(attach: Any, kind: str) -> None:
    """Rule 37: SEIZE waits for the exec, the exec for threads that only we can reap: no deadlock."""
    with getattr(processes, kind)(programs.build("exec_again.c"), "24") as victim:
        for _ in range(60):
            inferior = attach(victim.pid)
            assert inferior.threads
            inferior.detach()
        assert end(victim) == 7


def test_attach_to_what_is_ending() -> None:
    """A process that ends while it is attached to: AttachError or a handle that says so; never a hang."""
    for _ in range(25):
        with subprocess.Popen([programs.build("ending.c"), "code", "5"]) as victim:
            try:
                with trapline.attach(victim.pid) as inferior:
                    assert inferior.resume(timeout=20).status.code == 5
            except trapline.AttachError as error:
                assert error.errno in (errno.ESRCH, errno.EPERM)
            assert victim.wait(20) == 5


def test_a_reaped_pid_is_never_signalled(attach: Any) -> None:
    """Rule 38: kills go by a pidfd of the process that was attached to, dead or alive."""
    with processes.running(programs.build("busy.c"), "1") as victim:
        inferior = attach(victim.pid)
        victim.kill()
        assert inferior.resume(timeout=20).status.signal == 9
        victim.wait(20)
        with pytest.raises(trapline.InferiorExited):
            inferior.kill()
        with pytest.raises(trapline.InferiorExited):
            inferior.send_signal("SIGKILL")


def test_a_wake_that_another_thread_has_begun_stops_nobody_who_was_let_go(attach: Any) -> None:
    """Rule 8 b: the SIGSTOP that wakes us is not sent to a process that has been detached meanwhile."""
    with processes.running(programs.build("busy.c"), "1") as victim:
        inferior = attach(victim.pid)
        process = inferior._target.process
        tracee = process.thread(victim.pid)  # what wake() has chosen before it is held up
        inferior.detach()
        other = threading.Thread(target=process._send_cookie, args=(tracee,))
        other.start()
        other.join()
        assert processes.state(victim.pid) not in ("", "T", "t", "Z")


# -- refusals -------------------------------------------------------------------------------------


def refused(pid: int) -> trapline.AttachError:
    """Return the error of an attach; one clear line with its errno."""
    with pytest.raises(trapline.AttachError) as caught:
        trapline.attach(pid)
    assert isinstance(caught.value, OSError)
    assert caught.value.errno
    assert "\n" not in str(caught.value)
    return caught.value


def test_no_such_process() -> None:
    with subprocess.Popen(["/bin/true"]) as child:
        child.wait(20)
    error = refused(child.pid)
    assert error.errno == errno.ESRCH
    assert str(child.pid) in str(error)


def test_a_zombie() -> None:
    with subprocess.Popen(["/bin/true"]) as child:
        processes.until(lambda: processes.state(child.pid) == "Z", what="a zombie")
        error = refused(child.pid)
        assert "zombie" in str(error)
        assert child.wait(20) == 0


def test_a_thread_of_a_process() -> None:
    with processes.running(programs.build("busy.c"), "1") as victim:
        tid = next(tid for tid in processes.threads(victim.pid) if tid != victim.pid)
        assert f"process {victim.pid}" in str(refused(tid))


def test_ourselves() -> None:
    assert "own process" in str(refused(os.getpid()))


def test_another_tracer_is_named() -> None:
    """Who traces it already: name and pid."""
    with processes.running(programs.build("busy.c"), "1") as victim:
        script = (
            "import sys, trapline\n"
            f"inferior = trapline.attach({victim.pid})\n"
            "print('ok', flush=True); sys.stdin.read()\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as other:
            assert other.stdout is not None and other.stdin is not None
            assert other.stdout.readline() == b"ok\n"
            error = refused(victim.pid)
            assert error.errno == errno.EPERM
            assert str(other.pid) in str(error)
            assert processes.status(other.pid)["Name"] in str(error)
            other.stdin.close()
            assert other.wait(20) == 0
        with trapline.attach(victim.pid):
            pass


def test_ourselves_as_the_tracer(attach: Any) -> None:
    """Attached twice by the same Python."""
    with processes.running(programs.build("busy.c"), "1") as victim:
        attach(victim.pid)
        assert str(os.getpid()) in str(refused(victim.pid))


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to have a process of somebody else")
def test_a_process_of_another_user() -> None:
    """uid: whose it is, who we are, and what would help."""
    with processes.running(programs.build("busy.c"), "1") as victim:
        script = f"""
import os, sys
import threading  # before the files cannot be read any more
from trapline import AttachError, attach
os.setgid(65534); os.setuid(65534)
try:
    attach({victim.pid})
except AttachError as error:
    print(error.errno, error)
"""
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
        assert done.stdout.startswith(f"{errno.EPERM} "), done.stderr
        assert "uid 0" in done.stdout
        assert "uid 65534" in done.stdout
        assert "root" in done.stdout


def test_a_seccomp_filter_is_suspected() -> None:
    """ptrace refused by a filter in force here: it is named, and the container's option."""
    with processes.running(programs.build("busy.c"), "1") as victim:
        script = f"""
import ctypes, struct
import trapline
# BPF: load the number; ptrace (101) -> ERRNO(EPERM); else allow.  Source: seccomp(2).
code = b"".join(struct.pack("HBBI", *line) for line in
    [(0x20, 0, 0, 0), (0x15, 0, 1, 101), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7fff0000)])
buffer = ctypes.create_string_buffer(code)
program = struct.pack("HxxxxxxQ", 4, ctypes.addressof(buffer))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program, 0, 0) == 0
try:
    trapline.attach({victim.pid})
except trapline.AttachError as error:
    print(error.errno, error)
"""
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
        assert done.stdout.startswith(f"{errno.EPERM} "), done.stderr
        assert "seccomp" in done.stdout
        assert "SYS_PTRACE" in done.stdout


@pytest.mark.parametrize(
    ("scope", "words"),
    [(1, "sysctl kernel.yama.ptrace_scope=0"), (2, "run as root"), (3, "until reboot")],
)
def test_yama_is_named(monkeypatch: pytest.MonkeyPatch, scope: int, words: str) -> None:
    """What Yama's three scopes mean, from the text of the refusal alone: few machines have all three."""
    monkeypatch.setattr(backend, "_yama", lambda: scope)
    with processes.running(programs.build("busy.c"), "1") as victim:
        error = backend.refusal(victim.pid, errno.EPERM)
    assert f"ptrace_scope={scope}" in str(error)
    assert words in str(error)
    assert error.errno == errno.EPERM


def test_a_kernel_thread() -> None:
    """It cannot be debugged; the error says what it may be.  Where none is visible, there is no case."""
    kernel = [pid for pid in (2, 3, 4) if processes.status(pid).get("Kthread") == "1"]
    for pid in kernel[:1]:
        assert "kernel thread" in str(refused(pid))
