"""Seize a running process with all its threads, without missing one that is being born."""

from __future__ import annotations

import errno
import os

from trapline.backend.native import procfs, ptrace, tracer
from trapline.backend.native.process import NativeProcess
from trapline.backend.native.tracee import Tracee
from trapline.base.errors import AttachError


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
    process = NativeProcess(own, pid, launched=False)
    process.natural_child = status.parent == os.getpid()
    if process.natural_child:
        # Its exit status is somebody's Popen's: let go of it before it becomes a zombie of ours, and
        # where a SIGKILL skips that stop, leave the status where it is.
        process.options |= ptrace.OPTION_EXIT
        own.waiter.guests.add(pid)
    refused = 0
    while True:
        fresh = [tid for tid in procfs.thread_ids(pid) if tid not in process.tracees]
        seized = False
        for tid in fresh:
            number = ptrace.seize(tid, process.options)
            if number == 0:
                tracee = Tracee(process, tid)
                process.tracees[tid] = tracee
                own.waiter.tracees[tid] = tracee
                seized = True
            elif number != errno.ESRCH and procfs.thread_state(pid, tid) not in ("Z", "X", ""):
                refused = number
        if not seized:
            break
    if not process.tracees:
        process.ended()
        raise refusal(pid, refused or errno.ESRCH)
    tid = next(iter(process.tracees))
    own.stop_all([process])
    if not process.tracees:
        raise AttachError(f"process {pid} exited while it was attached to", errno=errno.ESRCH)
    try:
        process.memory.open(next(iter(process.tracees), tid))
    except OSError as error:
        process.detach()
        raise AttachError(
            f"cannot open the memory of process {pid}: {error.strerror}", errno=error.errno or 0
        ) from None
    leader = next(iter(process.tracees.values()))
    if leader.stopped and leader.words[17] == 0x23:
        process.detach()
        raise AttachError(
            f"process {pid} is a 32-bit program; trapline debugs x86-64 programs only",
            errno=errno.ENOEXEC,
        )
    return process


def refusal(pid: int, number: int) -> AttachError:
    """Explain why a process cannot be attached to, and what would help."""
    status = procfs.status(pid, pid)
    if status is None or number == errno.ESRCH:
        return AttachError(f"no process {pid}", errno=errno.ESRCH)
    if status.state in ("Z", "X"):
        return AttachError(
            f"process {pid} ({status.name}) is a zombie: it has exited and waits for its parent "
            f"{status.parent}",
            errno=number,
        )
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
