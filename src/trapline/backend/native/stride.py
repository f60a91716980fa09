"""Many single steps in a row, as long as nothing but stepping happens.

Three requests and a look at the code a step; whatever is out of the ordinary is left to the tracer's own
loop, which knows all the rules.
"""

from __future__ import annotations

from trapline.arch import instructions
from trapline.arch.x86_64 import RIP
from trapline.backend.native import ptrace
from trapline.backend.native.tracee import NOWHERE, SAFE, STEP
from trapline.base.errors import MemoryFault
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from trapline.backend.native.tracee import Tracee

_TRAP_STOP, _TRAP_TRACE = 5 << 8 | 0x7F, 2


def stride(tracee: Tracee, limit: int, within: Callable[[int], bool] | None = None) -> tuple[int, bool]:
    """Step a stopped thread up to `limit` times while the others stay stopped, and `within` holds of its pc.

    Returns how many steps are done, and whether one more is under way: it met something that the
    tracer has to judge (a trap, a signal, the end), and its status is in the queue.  The thread that
    stands at a trap, at a system call or in a state with rules of its own is not stepped at all.
    """
    process = tracee.process
    tracer = process.tracer
    if not _is_plain(tracee):
        return 0, False
    waiter, handle, words = tracer.waiter, tracee.handle, tracee.handle.words
    traps = process.traps.at
    tracee.fetch()
    tracee.settle_pc()
    process.memory.forget_pages()
    done = 0
    while done < limit and not tracer.wanted and words[RIP] not in traps:
        if within is not None and not within(words[RIP]):
            break
        try:
            code = process.read(words[RIP], 2)
        except MemoryFault:
            break
        if instructions.is_syscall(code) or instructions.touches_flags_push(code):
            break
        process.generation += 1
        process.epoch += 1
        tracee.passed = NOWHERE
        tracee.leave_stop()
        tracee.mode = STEP
        handle.resume(ptrace.SINGLESTEP)
        status = waiter.take(tracee.tid)
        if status == _TRAP_STOP and handle.signal_code() == _TRAP_TRACE and handle.get_words():
            tracee.stopped = tracee.fresh = True
            if words[RIP] not in traps:
                done += 1
                continue
            tracee.stopped = tracee.fresh = False
        if status is not None:
            waiter.queue.appendleft((tracee.tid, status))
        tracee.stepping = True
        process.lone = tracee
        return done, True
    process.forget_pages()
    return done, False


def _is_plain(tracee: Tracee) -> bool:
    process = tracee.process
    return (
        tracee.stopped
        and tracee.kind == SAFE
        and process.all_stopped
        and not process.debug_armed
        and not tracee.reasons
        and tracee.signal is None
        and tracee.held is None
        and not tracee.group_stop
        and not tracee.interrupted
        and tracee.restart_at == NOWHERE
        and tracee.mask_checked
        and tracee.pc not in process.slots
    )
