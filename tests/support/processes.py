"""Facts about processes, read from /proc: what is left behind, who traces whom, what a thread waits in."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")

_WALL = 0x40000000
_READ = "0"


def until(fact: Callable[[], T], *, timeout: float = 60.0, what: str = "") -> T:
    """Return the first true value of `fact()`; fail the test when `timeout` seconds pass without one."""
    deadline = time.monotonic() + timeout
    while True:
        value = fact()
        if value:
            return value
        if time.monotonic() >= deadline:
            pytest.fail(f"waited {timeout} s in vain for {what or fact!r}")
        time.sleep(0.001)  # between two looks at the fact, so that the process can have the processor


def status(pid: int, tid: int | None = None) -> dict[str, str]:
    """Return the fields of /proc/PID/task/TID/status; empty when the thread is gone."""
    try:
        # A name may be any bytes, and is cut after 15 of them.
        text = Path(f"/proc/{pid}/task/{tid or pid}/status").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def state(pid: int, tid: int | None = None) -> str:
    """Return the state letter of a thread (R S D T t Z X); "" when it is gone."""
    return status(pid, tid).get("State", " ")[0].strip()


def tracer(pid: int, tid: int | None = None) -> int:
    """Return the thread id of the tracer of a thread; 0 when nobody traces it."""
    return int(status(pid, tid).get("TracerPid", "0"))


def threads(pid: int) -> list[int]:
    """Return the thread ids of a process, in the kernel's order."""
    try:
        return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except (FileNotFoundError, ProcessLookupError):
        return []


def exists(pid: int) -> bool:
    """Whether a process is there and is not a zombie."""
    return state(pid) not in ("", "Z", "X")


def blocked_in(pid: int, tid: int | None = None) -> int | None:
    """Return the number of the system call that a thread sleeps in; None when it runs."""
    try:
        text = Path(f"/proc/{pid}/task/{tid or pid}/syscall").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # A parent waits for its vfork child in D; who reads in D waits for a disk: the loader, for one.
    waiting = "S" if text[0] == _READ else "SD"
    letter = state(pid, tid)
    return int(text[0]) if letter and letter in waiting and text[0] != "running" else None


def send_to_thread(pid: int, tid: int, number: int) -> None:
    """Send a signal to one thread of a process.  Source: tgkill(2)."""
    if ctypes.CDLL(None, use_errno=True).syscall(234, pid, tid, int(number)):
        raise OSError(ctypes.get_errno(), "tgkill")


RESTART_SYSCALL = 219
"""What nanosleep and poll are in after a stop.  Source: signal(7)."""


def wait_blocked(pid: int, number: int, tid: int | None = None) -> None:
    """Wait until a thread sleeps in the system call of that number."""
    until(lambda: blocked_in(pid, tid) == number, what=f"thread {tid or pid} to sleep in call {number}")


def wait_changed(pid: int, address: int, size: int = 4) -> None:
    """Wait, in any thread, until memory of a process at a load address is another than now."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        before = os.pread(memory.fileno(), size, address)
        until(lambda: os.pread(memory.fileno(), size, address) != before, what=f"a change at {address:#x}")


def name(pid: int) -> str:
    """Return the command line of a process, or its name in brackets."""
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except (FileNotFoundError, ProcessLookupError):
        return "?"
    return line or f"[{status(pid).get('Name', '?')}]"


def children(pid: int | None = None) -> dict[int, str]:
    """Return pid and name of every process whose parent is `pid` (default: this process)."""
    parent = str(pid or os.getpid())
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and status(int(entry)).get("PPid") == parent:
            found[int(entry)] = name(int(entry))
    return found


def tracees() -> dict[int, str]:
    """Return tid and name of every thread that a thread of this process traces."""
    ours = set(os.listdir("/proc/self/task"))
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        for tid in threads(int(entry)):
            if status(int(entry), tid).get("TracerPid") in ours:
                found[tid] = name(int(entry))
    return found


def descriptors() -> dict[int, str]:
    """Return every open descriptor of this process with what it is."""
    found = {}
    for entry in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # the descriptor of this very listing
            found[int(entry)] = os.readlink(f"/proc/self/fd/{entry}")
    return found


def end(pids: dict[int, str]) -> None:
    """Kill and reap these children or tracees."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    waiting = set(pids)
    while waiting and time.monotonic() < deadline:
        for pid in list(waiting):
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, _WALL | os.WNOHANG)
            if state(pid) == "":
                waiting.discard(pid)
        time.sleep(0.001)


@contextlib.contextmanager
def running(*argv: str, ready: bytes | None = b"ready\n") -> Iterator[subprocess.Popen[bytes]]:
    """Start a program outside the debugger, wait for its `ready` line, and end it afterwards.

    Its stdin is a pipe: closing it is how a test lets the program end by itself.
    """
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            if ready is not None:
                assert process.stdout is not None
                assert process.stdout.readline() == ready
            yield process
        finally:
            process.kill()


class Stranger:
    """A process that is not our child: what `Popen` offers, as far as tests need it."""

    def __init__(self, parent: subprocess.Popen[bytes]) -> None:
        self._parent = parent
        assert parent.stdout is not None
        self.stdin, self.stdout = parent.stdin, parent.stdout
        self.pid = int(parent.stdout.readline())

    def wait(self, timeout: float) -> int:
        """Return its exit code; as a shell says it (128 + n) for a signal."""
        return self._parent.wait(timeout)


@contextlib.contextmanager
def stranger(*argv: str) -> Iterator[Stranger]:
    """As `running`, for a process whose parent is a shell of ours and not we."""
    # A shell gives what it starts in the background /dev/null for stdin, unless it is told otherwise.
    inner = 'echo $$; exec "$@"'
    script = f"exec 3<&0; /bin/sh -c '{inner}' sh \"$@\" <&3 3<&- & exec 3<&-; wait $!"
    line = ["/bin/sh", "-c", script, "sh", *argv]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        process = Stranger(parent)
        try:
            assert process.stdout.readline() == b"ready\n"
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                if parent.poll() is None:
                    os.kill(process.pid, signal.SIGKILL)


# -- what this machine allows (KERNEL 40) ----------------------------------------------------------

_SEIZE, _INTERRUPT, _POKEUSER = 0x4206, 0x4207, 6
_DEBUGREG = 848
"""offsetof(struct user, u_debugreg).  Source: sys/user.h."""


@functools.cache
def refused() -> str:
    """Return what the kernel or the container refuses a debugger here; "" when it refuses nothing."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.restype = ctypes.c_long
    libc.ptrace.argtypes = (ctypes.c_long,) * 4
    libc.personality.restype = ctypes.c_int
    libc.personality.argtypes = (ctypes.c_ulong,)
    former = libc.personality(0xFFFFFFFF)
    if former < 0 or libc.personality(former | 0x0040000) < 0:
        return "personality(ADDR_NO_RANDOMIZE) is refused here"
    libc.personality(former)
    child = subprocess.Popen(["sleep", "600"])
    try:
        if libc.ptrace(_SEIZE, child.pid, 0, 0):
            return f"PTRACE_SEIZE is refused here: {os.strerror(ctypes.get_errno())}"
        libc.ptrace(_INTERRUPT, child.pid, 0, 0)
        os.waitpid(child.pid, _WALL)
        if libc.ptrace(_POKEUSER, child.pid, _DEBUGREG, 0x1000) or libc.ptrace(
            _POKEUSER, child.pid, _DEBUGREG + 7 * 8, 1
        ):
            return f"debug registers are refused here: {os.strerror(ctypes.get_errno())}"
    finally:
        child.kill()
        child.wait()
    return ""
