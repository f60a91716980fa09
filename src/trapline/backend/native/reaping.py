"""A process that was killed is reaped, thread by thread."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found, unused-ignore]  # typeshed has no stub

from trapline.backend.reasons import ForkReason
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.backend.native.process import NativeProcess


def reap(process: NativeProcess) -> None:
    """Wait for the end of every thread of a process that has been killed, and so for its own."""
    tracer = process.tracer
    process.tracees.update(process.dead)
    process.dead.clear()
    for tid in list(process.tracees):
        # Every tid must be reaped, or the leader's exit never comes (KERNEL 14).
        if tid != process.pid:
            _reap_thread(process, tid)
    _reap_thread(process, process.pid)
    for tid in list(process.tracees):
        tracer.waiter.tracees.pop(tid, None)
        del process.tracees[tid]
    if process.alive:
        process.ended()


def _reap_thread(process: NativeProcess, tid: int) -> None:
    tracer = process.tracer
    while (tracee := process.tracees.get(tid)) is not None:
        status = tracer.waiter.take(tid)
        if status is None:
            tracer.settler.settle(tracee, _signal.SIGKILL)
            return
        reason = tracer.settler.settle(tracee, status)
        if isinstance(reason, ForkReason):
            reason.child.let_go()
        if tracee.stopped:
            tracee.leave_stop()
            tracee.handle.cont()
