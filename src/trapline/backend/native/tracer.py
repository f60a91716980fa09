"""The loop that takes events from the kernel, and stops and resumes threads: one tracer a thread.

The tracer is a thread, not the process: ptrace answers only the one that attached (KERNEL 13).  All
inferiors of a thread share its `Tracer`, whose waiter sees the events of all; those of an inferior that
nobody waits for now are kept for it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from trapline.arch import instructions
from trapline.arch.x86_64 import RIP
from trapline.backend.native import procfs, ptrace
from trapline.backend.native.displacement import emulate_call, leave_slots, step_held
from trapline.backend.native.interrupted_calls import rewind_if_needed
from trapline.backend.native.placing import prepare
from trapline.backend.native.ptrace import EVENT_STOP
from trapline.backend.native.settler import SI_KERNEL, SIGSTOP, TRAP_STOP, Settler, is_cookie
from trapline.backend.native.tracee import EVENT, HOLD, HOLD_MASK, NOWHERE, RUN, STEP, Held, Tracee
from trapline.backend.native.wait import Waiter, reap_released
from trapline.backend.reasons import (
    HardwareReason,
    Served,
    SignalReason,
    StepReason,
    StopReason,
    SyscallReason,
    TrapReason,
)
from trapline.base import threads
from trapline.base.errors import InferiorExited, MemoryFault, ThreadGone
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.backend.native.process import NativeProcess
    from trapline.backend.native.traps import Trap

_KEPT_BACK = (HardwareReason, SyscallReason)
"""What may ask a callback."""
_PROMPT = 0.01
"""Seconds within which a thread that is not dead or in state D has always stopped."""
_LOOK_AGAIN = 0.05
"""Seconds between two looks at what has become of one that has not."""
_UNANSWERED = 1.0
"""Seconds that a thread in an uninterruptible sleep may take to stop before it counts as running."""
_LONGEST = 30.0
"""Seconds that any thread may take; one that is ready to run stops when it gets a processor."""


class Tracer:
    """The tracing side of one thread.

    `wanted` is set by any thread (under the GIL) and looked at after every event: somebody wants the
    loop to return.
    """

    __slots__ = ("_dying", "_has_listened", "abandoned", "ident", "orphans", "settler", "waiter", "wanted")

    def __init__(self) -> None:
        self.ident = threads.get_ident()
        self.waiter: Waiter[Tracee] = Waiter()
        self.wanted = False
        self.abandoned: list[NativeProcess] = []
        self.orphans: list[NativeProcess] = []
        self.settler = Settler(self.waiter)
        self._dying: set[int] = set()
        self._has_listened = False
        """Whether a thread was ever left in a group-stop; until then none can be quiet."""

    def is_here(self) -> bool:
        """Whether the caller is the thread that ptrace answers."""
        return threads.get_ident() == self.ident

    def reap_abandoned(self) -> None:
        """Reap processes that were killed when their handle was dropped."""
        while self.abandoned:
            self.abandoned.pop().kill()

    def bury_dying(self, pid: int, tids: Iterable[int]) -> None:
        """Reap threads that were killed just when their process was to be let go.

        They cannot be detached from any more, and an exec, or the end of their process, waits until
        they are reaped (KERNEL 14, 37).  So may be one that SIGKILL kept from being announced.
        """
        self._dying.update(tids)
        if not self._dying:
            return
        own = threads.get_native_id()
        for tid in procfs.thread_ids(pid):
            facts = procfs.status(pid, tid)
            if facts is not None and facts.tracer == own:
                self._dying.add(tid)
        deadline = time.monotonic() + _UNANSWERED
        while self._look_at_dying() and time.monotonic() < deadline:
            time.sleep(0.001)

    def _look_at_dying(self) -> bool:
        """Reap or let go of those that are ready; True while some are left, for the next look."""
        for tid in list(self._dying):
            status = self.waiter.discard(tid)
            if status == 0:
                ptrace.interrupt(tid)
                continue
            if status is not None and status & 0x7F == 0x7F:
                ptrace.detach(tid)
            self._dying.discard(tid)
        return bool(self._dying)

    def release_orphans(self) -> None:
        """Let go of those that were traced only because they shared memory with one that has ended."""
        while self.orphans:
            self.orphans.pop().detach()

    # -- serving ---------------------------------------------------------------------------------

    def serve(self, processes: tuple[NativeProcess, ...]) -> Served:
        """Serve events of running processes until a judge wants a stop, or `wake()` is called.

        A process whose judge wanted a stop is stopped, with its family, when this returns.
        """
        queue = self.waiter.queue
        before = [process.serving for process in processes]
        for process in processes:
            process.serving = True
            queue.extendleft(reversed(process.backlog))
            process.backlog.clear()
        try:
            served = self._serve(processes)
            self.release_orphans()
            return served
        finally:
            for process, serving in zip(processes, before, strict=True):
                for member in process.family:
                    member.serving = serving

    def _serve(self, processes: tuple[NativeProcess, ...]) -> Served:
        waiter = self.waiter
        queue, tracees = waiter.queue, waiter.tracees
        while True:
            if self.wanted:
                self.wanted = False
                return Served((), True)
            for process in processes:
                while process.late:
                    if process.judge.event(process.late.pop(0)):
                        return self._stopped(process)
            if not queue:
                for process in processes:
                    if process.tracees or process.dead:
                        break
                else:
                    return Served((), False)
                if self._has_listened and self._all_quiet(processes):
                    time.sleep(0.02)  # a group-stop reports nothing, not even our SIGSTOP (KERNEL 8)
                    waiter.drain()
                elif not waiter.collect():
                    self.settler.bury_lost()
                continue
            tid, status = queue.popleft()
            tracee = tracees.get(tid) or self.settler.recognize(tid, status)
            if tracee is None:
                continue
            process = tracee.process
            is_read = False
            if status == TRAP_STOP and tracee.mode == RUN and process.serving:
                # The hot path: one look-up, one judgement, two requests.
                handle = tracee.handle
                if not handle.get_words():
                    continue  # killed meanwhile: its exit follows
                is_read = True
                words = handle.words
                trap = process.traps.hits.get(words[RIP])
                if trap is not None and (
                    (trap.sure and not process.debug_armed) or handle.signal_code() == SI_KERNEL
                ):
                    address = trap.address
                    words[RIP] = address
                    concerns = process.judge.filters.get(address)
                    if (
                        concerns is not None
                        and trap.resume_at > 0
                        and tracee.restart_at == NOWHERE
                        and process.shielded is None
                        and process.request == ptrace.CONT
                        and tracee.signal is None
                        and tracee.mask_checked
                        and not concerns(words, process.memory.read)
                    ):
                        process.epoch += 1
                        tracee.interrupt_sent = False
                        handle.poke_pc(trap.resume_at)
                        handle.cont()
                        continue
                    tracee.stopped = tracee.fresh = tracee.pc_behind = True
                    tracee.passed = address
                    generation = process.generation
                    process.epoch += 1
                    if tracee.restart_at == address:
                        tracee.restart_at = NOWHERE
                    else:
                        if tracee.restart_at != NOWHERE:
                            tracee.restart_at = NOWHERE
                        if process.shielded is not None and process.shielded is not tracee:
                            # Another thread's callback runs a nested resume: keep the hit for later.
                            tracee.passed = NOWHERE
                            tracee.settle_pc()
                            tracee.parked = True
                            continue
                        if process.judge.trap(tracee, address):
                            return self._stopped(process)
                    if process.generation == generation and not process.all_stopped:
                        if (
                            trap.resume_at > 0
                            and tracee.passed == address
                            and tracee.mask_checked
                            and process.request == ptrace.CONT
                            and tracee.signal is None
                        ):
                            handle.poke_pc(trap.resume_at)
                            tracee.stopped = tracee.fresh = tracee.pc_behind = False
                            tracee.interrupt_sent = False
                            handle.cont()
                            continue
                        if self.proceed(tracee):
                            return self._stopped(process)
                    elif self._after_callback(process):
                        return self._stopped(process)
                    continue
            if not process.serving:
                process.backlog.append((tid, status))
                continue
            if self._handle(tracee, status, is_read):
                return self._stopped(process)

    def _stopped(self, process: NativeProcess) -> Served:
        family = tuple(process.family)
        self.stop_all(family)
        for member in family:
            member.give_up_step()
        return Served(family, False)

    def _after_callback(self, process: NativeProcess) -> bool:
        """Go on after a callback that stopped everything or ran the inferior itself."""
        if not process.tracees or process.released:
            return False
        stopped = False
        for member in process.family:
            if member.all_stopped:
                stopped = self.resume_all(member) or stopped
        return stopped

    def swallow_wakes(self, processes: Iterable[NativeProcess]) -> None:
        """Let threads go on that stopped only for `wake()`: the loop is left, and the program runs.

        A thread that reports something else first keeps it, and its wake, for whoever waits next.
        """
        deadline = time.monotonic() + _PROMPT
        for process in processes:
            for tracee in list(process.tracees.values()):
                if tracee.stopped or not (tracee.cookie_sent or tracee.interrupt_sent):
                    continue
                status = self.waiter.take_soon(tracee.tid, deadline)
                if status is None:
                    continue
                if self._is_wake(tracee, status):
                    self.settler.settle(tracee, status)
                    if tracee.stopped:
                        self.proceed(tracee)
                else:
                    self.waiter.queue.appendleft((tracee.tid, status))

    def _is_wake(self, tracee: Tracee, status: int) -> bool:
        if status == SIGSTOP << 8 | 0x7F:
            info = tracee.siginfo()
            return info is not None and info.code == -1 and is_cookie(info)
        return status == EVENT_STOP << 16 | TRAP_STOP and not tracee.newborn

    def _all_quiet(self, processes: Iterable[NativeProcess]) -> bool:
        quiet = False
        for process in processes:
            for tracee in process.tracees.values():
                if tracee.listening:
                    quiet = True
                elif not tracee.stopped and not tracee.in_vfork:
                    return False
        return quiet

    def _handle(self, tracee: Tracee, status: int, is_read: bool = False) -> bool:
        """Take in one status of a served process and let the thread go on; True to stop.

        `is_read` says that the registers of this very stop have been read.
        """
        reason = self.settler.settle(tracee, status, is_read)
        process = tracee.process
        if reason is not None:
            if self._is_kept_back(tracee, reason):
                tracee.reasons.append(reason)
                tracee.parked = True
                return False
            generation = process.generation
            if self.judge(tracee, reason):
                return True
            if process.generation != generation or process.all_stopped:
                return self._after_callback(process)
        if tracee.stopped and not tracee.parked and tracee.tid in process.tracees:
            before = process.moment
            if self.proceed(tracee):
                return True
            if process.moment != before:
                return self._after_callback(process)
        return False

    @staticmethod
    def _is_kept_back(tracee: Tracee, reason: StopReason) -> bool:
        """Whether an event that may ask a callback has to wait for another thread's to end (KERNEL 6)."""
        return tracee.process.shielded not in (None, tracee) and isinstance(reason, _KEPT_BACK)

    def judge(self, tracee: Tracee, reason: StopReason) -> bool:
        """Ask the process's judge about an event; True to stop."""
        process = tracee.process
        process.epoch += 1
        if type(reason) is TrapReason:
            return process.judge.trap(tracee, reason.address)
        if type(reason) is SignalReason:
            tracee.signal = reason.signal
            number = process.judge.signal(tracee, reason.signal)
            if number is None:
                return True
            tracee.replace_signal(number)
            return False
        return process.judge.event(reason)

    # -- resuming --------------------------------------------------------------------------------

    def proceed(self, tracee: Tracee, step: bool = False) -> bool:
        """Let one stopped thread go on, from wherever it is; True when a stop is wanted instead."""
        process = tracee.process
        while tracee.reasons:
            if self._is_kept_back(tracee, tracee.reasons[0]):
                tracee.parked = True
                return False
            before = process.moment
            if self.judge(tracee, tracee.reasons.pop(0)):
                return True
            if not tracee.stopped or process.moment != before:
                return False  # a callback stopped everything, or ran the inferior itself
        step = step or tracee.stepping
        if tracee.held is not None:
            step_held(tracee)
            return False
        try:
            if not tracee.mask_checked and (tracee.trapped or tracee.passed != NOWHERE):
                tracee.mend_mask()
            if tracee.group_stop and tracee.signal is None and not step:
                self._listen(tracee)
                return False
            if tracee.passed != NOWHERE:
                trap = process.traps.at.get(tracee.passed)
                here = tracee.pc == tracee.passed
                if here and process.debug_armed and process.debug.stops_at(tracee.passed):
                    tracee.pass_debug_register()
                tracee.passed = NOWHERE
                if here and trap is not None:
                    return self._pass(tracee, trap, step)
            tracee.settle_pc()
            if tracee.interrupted:
                tracee.interrupted = False
                rewind_if_needed(tracee)
            self._run(tracee, ptrace.SINGLESTEP if step else process.request)
        except (ThreadGone, InferiorExited, MemoryFault) as error:
            if isinstance(error, MemoryFault) and tracee.handle.get_words():
                raise
            tracee.leave_stop()  # killed meanwhile: its exit follows
        return False

    def _listen(self, tracee: Tracee) -> None:
        """Leave a thread in its group-stop.

        One that was stepped or lent to a call since is in another stop, from which it would run: an
        interrupt brings it back, or on when a SIGCONT has come (KERNEL 34).
        """
        tracee.settle_pc()
        if ptrace.listen(tracee.tid):
            tracee.leave_stop()
            tracee.listening = self._has_listened = True
            return
        ptrace.interrupt(tracee.tid)
        tracee.mode = RUN
        tracee.leave_stop()
        tracee.handle.cont()
        tracee.interrupt_sent = True

    def _run(self, tracee: Tracee, request: int) -> None:
        number = 0
        if tracee.signal is not None:
            number = tracee.signal.number
            if tracee.signal_moved:
                ptrace.set_siginfo(tracee.tid, tracee.signal.raw)
            tracee.signal = None
            tracee.signal_moved = False
        tracee.mode = STEP if request == ptrace.SINGLESTEP else RUN
        if tracee.syscall_entry:
            request = ptrace.SYSCALL  # also when nobody catches any more: a skipped call wants its result
        tracee.leave_stop()
        tracee.handle.resume(request, number)

    def _pass(self, tracee: Tracee, trap: Trap, step: bool) -> bool:
        """Go on from an armed trap without hitting it."""
        process = tracee.process
        kind = trap.displaced.kind
        if tracee.signal is not None and tracee.signal.is_fault:
            # The covered instruction itself faulted: the handler sees it where it is, and may come back.
            tracee.settle_pc()
            self._run(tracee, ptrace.SINGLESTEP if step else process.request)
            return False
        if kind in (instructions.NATIVE, instructions.INLINE) or not prepare(process, trap, tracee):
            return self._pass_inline(tracee, trap, step)
        if kind == instructions.CALL:
            if not emulate_call(tracee, trap):
                return self._pass_inline(tracee, trap, step)
        else:
            if kind == instructions.SYSCALL and (tracee.signal is not None):
                tracee.settle_pc()
                tracee.restart_at = trap.address
                self._run(tracee, ptrace.SINGLESTEP if step else process.request)
                return False
            tracee.set_pc(trap.resume_at)
            if kind != instructions.SKIP:
                if tracee.signal is not None:
                    # The signal frame must not hold a slot's address: run the instruction first.
                    tracee.pushes_flags = instructions.touches_flags_push(trap.code)
                    tracee.held = Held(tracee.signal, ptrace.get_signal_mask(tracee.tid), True)
                    tracee.signal = None
                    ptrace.set_signal_mask(tracee.tid, HOLD_MASK)
                    step_held(tracee)
                    return False
                self._run(tracee, ptrace.SINGLESTEP if step else process.request)
                return False
        if step:
            tracee.stepping = False
            # Nothing had to run: the step is done where the emulation left the thread.
            if self.judge(tracee, StepReason(tracee)):
                return True
            # Stepped again by its judge: it goes on from there.
            return tracee.stepping and tracee.stopped and self.proceed(tracee)
        self._run(tracee, process.request)
        return False

    def _pass_inline(self, tracee: Tracee, trap: Trap, step: bool) -> bool:
        """Step the instruction in its own place, with everything that shares the memory stopped."""
        process = tracee.process
        process.inline_steps += 1
        running = not process.all_stopped
        sharers = list(process.sharers)
        if running:
            self.stop_all(sharers)
            if not tracee.stopped or tracee.tid not in process.tracees:
                return self._resume_each(sharers)  # an exec or an exit came first
        pending, tracee.signal = tracee.signal, None
        try:
            reason = self.settler.run_in_place(tracee, trap, step)
        except ThreadGone:
            reason = None
            tracee.leave_stop()  # killed meanwhile: its exit follows
        if tracee.stopped and pending is not None:
            tracee.signal, tracee.signal_moved = pending, True
        if reason is not None:
            if tracee.stopped and running and not step:
                tracee.reasons.insert(0, reason)
            elif self.judge(tracee, reason):
                return True
        if running:
            return self._resume_each(sharers)
        if tracee.stopped and tracee.tid in process.tracees and (not step or tracee.stepping):
            return self.proceed(tracee)
        return False

    def _resume_each(self, processes: Iterable[NativeProcess]) -> bool:
        stopped = False
        for process in processes:
            stopped = self.resume_all(process) or stopped
        return stopped

    def resume_all(self, process: NativeProcess) -> bool:
        """Let every stopped thread of a process go on; True when an event kept back wants a stop."""
        process.generation += 1
        process.epoch += 1
        if process.lone is not None:
            process.forget_pages()  # a step of one thread goes on; the others stay where they are
            return process.lone.stopped and self.proceed(process.lone)
        process.all_stopped = False
        process.forget_pages()
        before = process.moment
        for tracee in list(process.tracees.values()):
            if tracee.stopped and not process.is_frozen(tracee.tid) and self.proceed(tracee):
                return True
            if process.moment != before:
                return self._after_callback(process)
        return False

    def step(self, tracee: Tracee) -> bool:
        """Single-step one thread while the others stay as they are; True when it is already done."""
        process = tracee.process
        process.generation += 1
        process.epoch += 1
        process.lone = tracee
        process.forget_pages()
        if tracee.kind == EVENT:
            self.settler.to_safe_stop(tracee)
        tracee.stepping = True
        try:
            tracee.pushes_flags = instructions.touches_flags_push(process.read(tracee.pc, 2))
        except MemoryFault:
            tracee.pushes_flags = False
        while True:
            before = process.moment
            if self.proceed(tracee):
                return True
            if process.moment == before or not tracee.stopped:
                return False

    def stop_all(self, processes: Iterable[NativeProcess]) -> None:
        """Stop every thread of these processes that can be stopped, keeping what it reports for later.

        A thread in vfork-wait counts as stopped in the kernel.  One that does not answer within a
        second (state D) is left running and shows as such (KERNEL 7).
        """
        group = tuple(processes)
        for process in group:
            process.stopping = True
            self.waiter.queue.extendleft(reversed(process.backlog))
            process.backlog.clear()
        begun = deadline = 0.0
        foreign: list[tuple[int, int]] = []
        try:
            while True:
                # Threads can be born while the others are being stopped.
                missing = False
                for process in group:
                    for tracee in list(process.tracees.values()):
                        if not tracee.stopped and not tracee.in_vfork:
                            missing = True
                            # One that steps out of a slot stops by itself; an interrupt would come
                            # before the step and so for ever.
                            if not tracee.interrupt_sent and tracee.mode != HOLD:
                                tracee.interrupt_sent = True
                                ptrace.interrupt(tracee.tid)
                if not missing:
                    break
                if not begun:
                    begun = time.monotonic()
                    deadline = begun + _PROMPT
                if not self.waiter.queue and not self.waiter.poll(deadline):
                    for process in group:
                        process.set_aside_dead()
                    waited = deadline - begun
                    hopeless = waited >= _UNANSWERED and not any(one.will_answer() for one in group)
                    if hopeless or waited > _LONGEST:
                        break
                    deadline += _LOOK_AGAIN
                foreign += self.settler.settle_queue(group)
            for process in group:
                leave_slots(self.waiter, process)
        finally:
            self.waiter.queue.extendleft(reversed(foreign))
            for process in group:
                process.stopping = False
                process.all_stopped = True
                process.forget_pages()

    def await_vfork(self, parent: Tracee, child: NativeProcess | None) -> None:
        """Let an unfollowed vfork child run until its parent, all else being stopped, has its memory back."""
        waiter = self.waiter
        foreign: list[tuple[int, int]] = []

        def waits() -> bool:
            shared = child is not None and child.alive and child in parent.process.sharers
            return (parent.in_vfork or shared) and parent.tid in waiter.tracees

        while waits() and (waiter.queue or waiter.collect()):
            tid, status = waiter.queue.popleft()
            tracee = waiter.tracees.get(tid) or self.settler.recognize(tid, status)
            if tracee is None:
                continue
            if tracee.process is child:
                self._handle(tracee, status)
            elif tracee.process is parent.process:
                reason = self.settler.settle(tracee, status)
                if reason is not None and tracee.stopped:
                    tracee.reasons.append(reason)
            else:
                foreign.append((tid, status))
        waiter.queue.extendleft(reversed(foreign))


_local = threads.local()


def current() -> Tracer:
    """Return the tracer of the calling thread."""
    tracer: Tracer | None = getattr(_local, "tracer", None)
    if tracer is None:
        tracer = _local.tracer = Tracer()
    elif tracer.abandoned:
        tracer.reap_abandoned()
    if tracer._dying:
        tracer._look_at_dying()
    reap_released()
    return tracer
