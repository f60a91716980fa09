"""System calls run by a thread of the inferior on our behalf.

The thread is pointed at a `syscall` instruction that exists already (the vDSO has one, so has libc) and
single-stepped over it; no byte is rewritten under running threads.  All registers are put back,
orig_rax included, so that a call which the thread was blocked in is restarted by the kernel as if
nothing had been (KERNEL 9, 10, 19).
"""

from __future__ import annotations

from trapline.arch.x86_64 import ORIG_RAX, R8, R9, R10, RAX, RDI, RDX, RIP, RSI
from trapline.backend.native import ptrace
from trapline.backend.native.tracee import ENTRY, NOWHERE, RUN, SAFE, STEP, Tracee
from trapline.backend.reasons import SignalReason, StopReason
from trapline.base.errors import ThreadGone, UsageError
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.backend.native.readable import ReadableProcess

_SYSCALL = b"\x0f\x05"
_ARGUMENTS = (RDI, RSI, RDX, R10, R8, R9)
_NOT_TRACED = ((1 << 64) - 1) & ~(1 << 4 | 1 << 8 | 1 << 18)  # all blocked but SIGTRAP, SIGKILL, SIGSTOP
_SIGSTOP = 19
MMAP, MUNMAP, EXIT = 9, 11, 60


def find_syscall_instruction(process: ReadableProcess) -> int | None:
    """Return the load address of a `syscall` instruction in the vDSO, or in any executable file mapping."""
    candidates = [m for m in process.mappings() if m.is_executable and m.path != "[vsyscall]"]
    candidates.sort(key=lambda mapping: mapping.path != "[vdso]")
    for mapping in candidates:
        for start in range(mapping.start, mapping.end, 1 << 20):
            size = min(mapping.end - start, (1 << 20) + 1)
            at = process.memory.read(start, size).find(_SYSCALL)
            # One that a trap of ours covers would not run.
            if at >= 0 and not process.traps.within(start + at, start + at + 2):
                return start + at
    return None


def call(tracee: Tracee, number: int, arguments: tuple[int, ...]) -> int:
    """Run one system call in a stopped thread; return its raw result, `-errno` on failure.

    Other threads may run meanwhile; signals of this one wait in the kernel.

    Raises:
        UsageError: no `syscall` instruction is mapped, or too many arguments.
        ThreadGone: the thread died in the call.
    """
    process = tracee.process
    if len(arguments) > 6:
        raise UsageError("a system call takes at most six arguments")
    at = process.syscall_instruction()
    if at is None:
        raise UsageError("no syscall instruction is mapped in the inferior, so none can be made in it")
    if tracee.kind != SAFE:
        process.tracer.settler.to_safe_stop(tracee)
    process.tracer.settler.take_waiting_trap(tracee)
    tracee.settle_pc()
    tracee.fetch()
    words = tracee.handle.words
    saved = list(words)
    passed, restart_at = tracee.passed, tracee.restart_at
    pending, moved = tracee.signal, tracee.signal_moved
    group_stop, interrupted = tracee.group_stop, tracee.interrupted
    mask = ptrace.get_signal_mask(tracee.tid)
    ptrace.set_signal_mask(tracee.tid, _NOT_TRACED)
    try:
        words[RIP], words[RAX], words[ORIG_RAX] = at, number, (1 << 64) - 1
        for index, argument in zip(_ARGUMENTS, arguments, strict=False):
            words[index] = argument & ((1 << 64) - 1)
        tracee.flush()
        _step_over(tracee)
        result = tracee.words[RAX]
    finally:
        if tracee.stopped:
            for index, value in enumerate(saved):
                words[index] = value
            tracee.flush()
            tracee.fresh = True
            ptrace.set_signal_mask(tracee.tid, mask)
            tracee.passed, tracee.restart_at = passed, restart_at
            tracee.signal, tracee.signal_moved = pending, pending is not None or moved
            tracee.group_stop, tracee.interrupted = group_stop, interrupted
    process.memory.forget_kept()
    return result - (1 << 64) if result >> 63 else result


def end(tracee: Tracee) -> None:
    """Make a stopped thread leave by exit(2), which ends no other thread; its end is among `late` then.

    The kernel clears and wakes what CLONE_CHILD_CLEARTID named, so that a joiner goes on, and marks the
    robust mutexes that it holds.

    Raises:
        UsageError: it is still there: a seccomp filter lets it not go.
        ThreadGone: it has ended already.

    Source: _exit(2), set_tid_address(2), get_robust_list(2).
    """
    try:
        if tracee.kind == ENTRY:
            # The call that it is about to make may wait for ever; the kernel lets it be another.
            _make_instead(tracee, EXIT)
            return
        result = call(tracee, EXIT, (0,))
    except ThreadGone:
        if tracee.tid in tracee.process.tracees:
            raise
        tracee.process.memory.forget_kept()
        return
    raise UsageError(f"thread {tracee.tid} does not end: the kernel answers {result} to exit()")


def _make_instead(tracee: Tracee, number: int) -> None:
    """Let a thread at a system call's entry make another one, that does not return."""
    tracee.fetch()
    words = tracee.handle.words
    words[ORIG_RAX], words[RDI] = number, 0
    tracee.flush()
    tracee.mode = RUN
    tracee.leave_stop()
    tracee.handle.cont()
    status = tracee.process.tracer.waiter.take(tracee.tid)
    reason = tracee.process.tracer.settler.settle(tracee, status) if status is not None else None
    if reason is not None:
        (tracee.reasons if tracee.stopped else tracee.process.late).append(reason)
    if tracee.stopped:
        raise UsageError(f"thread {tracee.tid} does not end: it came out of exit()")
    raise ThreadGone(tracee.tid)


def _is_stop(reason: StopReason) -> bool:
    """Whether a SIGSTOP came, which no mask keeps away: it is the program's."""
    return isinstance(reason, SignalReason) and reason.signal.number == _SIGSTOP


def _step_over(tracee: Tracee) -> None:
    tracer = tracee.process.tracer
    start = tracee.words[RIP]
    while True:
        tracee.signal = None
        tracee.mode = STEP
        tracee.leave_stop()
        tracee.handle.resume(ptrace.SINGLESTEP)
        status = tracer.waiter.take(tracee.tid)
        if status is None:
            raise ThreadGone(tracee.tid)
        reason = tracer.settler.settle(tracee, status)
        if not tracee.stopped:
            if reason is not None:
                tracee.process.late.append(reason)
            raise ThreadGone(tracee.tid)
        if reason is not None and (tracee.kind != SAFE or _is_stop(reason)):
            tracee.reasons.append(reason)
        if tracee.kind != SAFE:
            tracer.settler.to_safe_stop(tracee)
        if tracee.words[RIP] != start:
            tracee.passed = NOWHERE
            return
