"""Seize a running process with all its threads, without missing one that is being born."""

from __future__ import annotations

import errno
import os
import time

from trapline.backend.native import procfs, ptrace, tracer
from trapline.backend.native.process import NativeProcess
from trapline.backend.native.tracee import Tracee
from trapline.base import threads
from trapline.base.errors import AttachError
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

_PATIENCE = 30.0
"""Seconds for which a process may exec itself again and again before it is given up."""
_LOOKS = 5
"""Looks in a row that find no living thread before a process counts as dead, or the same threads refused
before it counts as not ours to trace: one may fall into an exec."""


def attach(pid: int) -> NativeProcess:
    """Seize `pid` and stop it.

    Threads are listed again until no new one shows: one that an already seized thread creates is
    seized by the kernel, one that a not yet seized thread creates is found by the next listing.

    Raises:
        AttachError: the reason and what to do about it; the process runs on.

    Source: ptrace(2) PTRACE_SEIZE; KERNEL 14, 37.
    """
    own = tracer.current()
    status = procfs.status(pid, pid)
    if status is None:
        raise AttachError(f"no process {pid}", errno=errno.ESRCH)
    if status.group != pid:
        raise AttachError(f"{pid} is a thread of process {status.group}; attach to that", errno=errno.EINVAL)
    if pid == os.getpid():
        raise AttachError("cannot attach to the debugger's own process", errno=errno.EPERM)
    begun = time.monotonic()
    lifeless = steady = 0
    before: list[int] = []
    while True:
        process = NativeProcess(own, pid, launched=False)
        process.natural_child = status.parent == os.getpid()
        if process.natural_child:
            own.waiter.guests.add(pid)  # its exit status is somebody's Popen's
        refused = _seize_all(process)
        if process.tracees:
            own.stop_all([process])
        if process.tracees:
            try:
                process.memory.open(next(iter(process.tracees)))
                break
            except OSError as error:
                refused = error.errno or errno.ESRCH
                process.detach()
        elif process.alive:
            process.ended()
        # In the middle of an exec every thread is dead or about to die, and all is refused: that passes.
        lifeless = 0 if _has_life(pid) else lifeless + 1
        threads_now = procfs.thread_ids(pid)
        steady = steady + 1 if refused and threads_now == before else 0
        before = threads_now
        late = time.monotonic() > begun + _PATIENCE
        if late or _LOOKS in (lifeless, steady) or _is_traced(pid):
            raise refusal(pid, refused or errno.ESRCH)
        time.sleep(0.002)
    leader = next(iter(process.tracees.values()))
    if leader.stopped and leader.words[17] == 0x23:
        process.detach()
        raise AttachError(
            f"process {pid} is a 32-bit program; trapline debugs x86-64 programs only",
            errno=errno.ENOEXEC,
        )
    return process


def _has_life(pid: int) -> bool:
    return any(procfs.thread_state(pid, tid) not in ("Z", "X", "") for tid in procfs.thread_ids(pid))


def _is_traced(pid: int) -> bool:
    """Whether somebody traces it, and not just we a leader that is dying."""
    status = procfs.status(pid, pid)
    if status is None or status.tracer == 0:
        return False
    return status.tracer != threads.get_native_id() or pid in tracer.current().waiter.tracees


def _seize_all(process: NativeProcess) -> int:
    """Seize all threads; return the errno of the last that was refused, 0 if none was."""
    pid = process.pid
    waiter = process.tracer.waiter
    refused = 0
    with _Undertaker(process):
        while True:
            seized = False
            for tid in procfs.thread_ids(pid):
                if tid in process.tracees:
                    continue
                number = ptrace.seize(tid, process.options)
                if number == 0:
                    tracee = Tracee(process, tid)
                    process.tracees[tid] = tracee
                    waiter.tracees[tid] = tracee
                    seized = True
                elif number != errno.ESRCH and procfs.thread_state(pid, tid) not in ("Z", "X", ""):
                    refused = number
            if not seized:
                return refused


class _Undertaker:
    """Buries threads that end while we hang in a SEIZE (KERNEL 37).

    SEIZE waits for the lock that an exec holds until its sibling threads are gone, and those that are
    traced already are gone only when their tracer has reaped them: by another thread of ours, as the
    tracer's own is waiting.  What it takes it hands to the tracer.  A process with one thread has no
    siblings and needs none of this.
    """

    def __init__(self, process: NativeProcess) -> None:
        self._process = process
        self._end: Callable[[], None] | None = None

    def __enter__(self) -> None:
        if len(procfs.thread_ids(self._process.pid)) > 1:
            import threading

            done = threading.Event()
            thread = threading.Thread(target=self._bury, args=(done,), name="trapline-attach", daemon=True)
            thread.start()

            def end() -> None:
                done.set()
                thread.join()

            self._end = end

    def __exit__(self, *exception: object) -> None:
        if self._end is not None:
            self._end()

    def _bury(self, done: threading.Event) -> None:
        process = self._process
        while not done.wait(0.02):
            for tid in procfs.thread_ids(process.pid):
                process.tracer.waiter.take_exit(tid)


def refusal(pid: int, number: int) -> AttachError:
    """Explain why a process cannot be attached to, and what would help."""
    status = procfs.status(pid, pid)
    if status is not None and status.state in ("Z", "X"):
        return AttachError(
            f"process {pid} ({status.name}) is a zombie: it has exited and waits for its parent "
            f"{status.parent}",
            errno=number,
        )
    if status is None or number == errno.ESRCH:
        return AttachError(f"no process {pid}", errno=errno.ESRCH)
    if status.tracer:
        name = procfs.thread_name(status.tracer, status.tracer)
        return AttachError(
            f"process {pid} is traced already, by {name or 'a process'} (pid {status.tracer}); "
            "quit that one first",
            errno=number,
        )
    if status.uid != os.geteuid() and os.geteuid() != 0:
        return AttachError(
            f"process {pid} ({status.name}) belongs to uid {status.uid}, we are uid {os.geteuid()}; "
            "run as that user or as root",
            errno=number,
        )
    scope = _yama()
    if scope == 1:
        return AttachError(
            f"Yama allows tracing of descendants only (kernel.yama.ptrace_scope=1), and {pid} is none; "
            "run as root, or: sysctl kernel.yama.ptrace_scope=0",
            errno=number,
        )
    if scope in (2, 3):
        advice = "run as root" if scope == 2 else "tracing is off until reboot"
        return AttachError(f"Yama forbids tracing (kernel.yama.ptrace_scope={scope}); {advice}", errno=number)
    own = procfs.status(os.getpid(), os.getpid())
    if own is not None and own.seccomp:
        return AttachError(
            f"cannot attach to {pid}: {os.strerror(number)}; a seccomp filter is in force here "
            "(container?): allow ptrace with --cap-add=SYS_PTRACE or another profile",
            errno=number,
        )
    return AttachError(
        f"cannot attach to {pid}: {os.strerror(number)}; a kernel thread, a process that is not "
        "dumpable (prctl), or one of another namespace",
        errno=number,
    )


def _yama() -> int:
    try:
        with open("/proc/sys/kernel/yama/ptrace_scope") as file:
            return int(file.read())
    except (OSError, ValueError):
        return 0
