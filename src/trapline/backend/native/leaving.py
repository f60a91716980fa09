"""A process is let go, whole: the bytes, registers and signals as it would have them without us."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found, unused-ignore]  # typeshed has no stub

from trapline.backend.native import procfs, ptrace
from trapline.backend.native.displacement import leave_slots
from trapline.backend.native.interrupted_calls import rewind_if_needed
from trapline.backend.native.tracee import NOWHERE, SAFE, Tracee
from trapline.backend.native.traps import DebugRegisters
from trapline.backend.native.unfollowed import Unfollowed
from trapline.backend.native.wait import release
from trapline.backend.reasons import ForkReason, SignalReason
from trapline.base.errors import InferiorExited, MemoryFault, PtraceError, ThreadGone, UsageError
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.backend.native.process import NativeProcess


def detach(process: NativeProcess) -> None:
    """Let a living process go, whole: every byte, debug register and pc as the program left them.

    All threads that can be stopped are.  Signals that were kept back are delivered.
    """
    tracer = process.tracer
    if any(not tracee.stopped for tracee in process.tracees.values()):
        tracer.stop_all([process])
    _let_children_go(process)
    _leave_vfork(process)
    partners = _partners(process)
    if partners:
        tracer.stop_all([process, *partners])
    process.refuse_wakes()
    _drain_cookies(process)
    for tracee in list(process.tracees.values()):
        tracer.settler.take_waiting_trap(tracee)
    leave_slots(tracer.waiter, process)
    _restore_memory(process, 1 + len(partners))
    if process.debug_armed:
        process.debug = DebugRegisters()
        process.debug_armed = False
        for tracee in process.tracees.values():
            if tracee.stopped:
                process.write_debug_registers(tracee)
    process.released = True
    dying = [tracee.tid for tracee in list(process.tracees.values()) if not _detach_thread(process, tracee)]
    dying += process.dead
    for tid in (*process.tracees, *process.dead):
        tracer.waiter.tracees.pop(tid, None)
    process.tracees.clear()
    process.dead.clear()
    process.memory.fate = f"process {process.pid} was detached, and is not ours to look at any more"
    process.close()
    tracer.bury_dying(process.pid, dying)
    if process.launched:
        release(process.pid)
    for partner in partners:
        partner.detach()


def _let_children_go(process: NativeProcess) -> None:
    """Leave children to themselves of which nobody has heard yet, or that wait to be followed."""
    process.let_undecided_go()
    for tracee in process.tracees.values():
        for reason in tracee.reasons:
            if isinstance(reason, ForkReason):
                reason.child.let_go()
        tracee.reasons = [reason for reason in tracee.reasons if not isinstance(reason, ForkReason)]


def _partners(process: NativeProcess) -> list[NativeProcess]:
    """Return children that are traced only because they share the memory: let go with it, at once."""
    return [
        one
        for one in process.sharers
        if one is not process
        and isinstance(one.judge, Unfollowed)
        and not any(tracee.in_vfork for tracee in one.tracees.values())
    ]


def _leave_vfork(process: NativeProcess) -> None:
    """Wait until no thread sits in the kernel for its vfork child: it could not be let go (KERNEL 7).

    Raises:
        UsageError: the child is debugged too, so it is not for us to let it run.
    """
    for tracee in [tracee for tracee in process.tracees.values() if tracee.in_vfork]:
        child = process.debugged_vfork_child(tracee)
        if child is not None:
            raise UsageError(
                f"thread {tracee.tid} waits in the kernel for its vfork child {child.pid}, which is "
                "debugged too: detach or kill that one first"
            )
        if tracee.stopped:  # at the announcement of the child; it waits behind that
            tracee.settle_pc()
            tracee.leave_stop()
            tracee.handle.cont()
        child = next((one for one in process.sharers if one.vfork_parent is tracee), None)
        process.tracer.await_vfork(tracee, child)


def _restore_memory(process: NativeProcess, leaving: int) -> None:
    """Put back what the program had in its memory, unless more than those that are `leaving` share it."""
    from trapline.backend.native import injection

    if len(process.sharers) > leaving:
        return  # the memory is still somebody else's
    for trap in list(process.traps.at.values()):
        process.disarm(trap.address)
    for region in process.slots.regions:
        if not region.mapped:
            try:
                process.memory.write_raw(region.start, bytes(region.free - region.start))
            except (MemoryFault, InferiorExited):
                continue
    mapped = [region for region in process.slots.regions if region.mapped]
    worker = next((t for t in process.tracees.values() if t.stopped and not t.reasons), None)
    if mapped and worker is not None:
        for region in mapped:
            try:
                injection.call(worker, injection.MUNMAP, (region.start, region.end - region.start))
            except (UsageError, ThreadGone, PtraceError):
                break  # an unused page stays; nothing can reach it
    process.slots.clear()


def _drain_cookies(process: NativeProcess) -> None:
    """Take back every SIGSTOP of ours, or the process would stay stopped (KERNEL 8 b)."""
    if not process.woken:
        return
    tracer = process.tracer
    for tracee in list(process.tracees.values()):
        while tracee.stopped:
            if tracee.kind != SAFE:
                tracer.settler.to_safe_stop(tracee)
                continue
            status = procfs.status(process.pid, tracee.tid)
            if status is None or not status.pending >> (_signal.SIGSTOP - 1) & 1:
                break
            pending, moved = tracee.signal, tracee.signal_moved
            tracee.settle_pc()
            tracee.leave_stop()
            tracee.handle.cont()
            seen = tracer.waiter.take(tracee.tid)
            if seen is None:
                break
            reason = tracer.settler.settle(tracee, seen)
            if tracee.stopped:
                tracee.signal, tracee.signal_moved = pending, moved or pending is not None
                if reason is not None:
                    tracee.reasons.append(reason)


def _detach_thread(process: NativeProcess, tracee: Tracee) -> bool:
    """Let one thread go with what it has pending; False when it cannot be: it is dying."""
    if not tracee.stopped:
        return False
    number = 0
    signals = [reason.signal for reason in tracee.reasons if isinstance(reason, SignalReason)]
    if tracee.signal is not None:
        signals.insert(0, tracee.signal)
    for reason in tracee.reasons:
        if isinstance(reason, ForkReason):
            reason.child.let_go()
    try:
        if tracee.kind == SAFE:
            tracee.settle_pc()
        if signals:
            number = signals[0].number
            if len(signals) > 1 or tracee.signal_moved:
                ptrace.set_siginfo(tracee.tid, signals[0].raw)
            for extra in signals[1:]:
                process.resend(tracee, extra.number)
        elif tracee.interrupted:
            rewind_if_needed(tracee)
        if tracee.held is not None:
            ptrace.set_signal_mask(tracee.tid, tracee.held.mask)
        elif not tracee.mask_checked and (tracee.trapped or tracee.passed != NOWHERE):
            tracee.mend_mask()
    except ThreadGone:
        return False
    return ptrace.detach(tracee.tid, number)
