"""The loop that takes events from the kernel, and stops and resumes threads: one tracer a thread.

The tracer is a thread, not the process: ptrace answers only the one that attached (KERNEL 13).  All
inferiors of a thread share its `Tracer`, whose waiter sees the events of all; those of an inferior that
nobody waits for now are kept for it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from trapline.arch import instructions
from trapline.arch.x86_64 import CS, ORIG_RAX, RAX, RCX, RDI, RIP, RSP
from trapline.backend.native import procfs, ptrace
from trapline.backend.native.ptrace import (
    EVENT_CLONE,
    EVENT_EXEC,
    EVENT_FORK,
    EVENT_STOP,
    EVENT_VFORK,
    EVENT_VFORK_DONE,
)
from trapline.backend.native.tracee import (
    ENTRY,
    EVENT,
    HOLD,
    INLINE,
    NOWHERE,
    RUN,
    SAFE,
    STEP,
    Held,
    Tracee,
)
from trapline.backend.native.traps import Trap
from trapline.backend.native.wait import Waiter, reap_released
from trapline.backend.process import (
    UNKNOWN_STATUS,
    ExecReason,
    ExitReason,
    ForkReason,
    HardwareReason,
    Served,
    Siginfo,
    SignalReason,
    StepReason,
    StopReason,
    SyscallInfo,
    SyscallReason,
    ThreadExitReason,
    ThreadStartReason,
    TrapReason,
)
from trapline.base.errors import InferiorExited, MemoryFault, ThreadGone

if TYPE_CHECKING:
    from trapline.backend.native.process import NativeProcess

SIGTRAP, SIGSTOP, SIGKILL = 5, 19, 9
TRAP_STOP = SIGTRAP << 8 | 0x7F
SI_KERNEL, TRAP_BRKPT, TRAP_TRACE, TRAP_HWBKPT = 0x80, 1, 2, 4
_STEPPED = (SIGTRAP, TRAP_BRKPT)
"""si_code of a single step that ended at a signal handler's first instruction, or behind a system call."""
_SYNCHRONOUS = (4, 5, 7, 8, 11, 31)  # SIGILL SIGTRAP SIGBUS SIGFPE SIGSEGV SIGSYS: never to be blocked
_KEPT_BACK = (HardwareReason, SyscallReason)
"""What may ask a callback."""
_HOLD_MASK = ((1 << 64) - 1) & ~sum(1 << (number - 1) for number in (*_SYNCHRONOUS, SIGKILL, SIGSTOP))
_DR6, _DR7 = ptrace.USER_DEBUGREG + 6 * 8, ptrace.USER_DEBUGREG + 7 * 8
_MINUS_EINTR = (1 << 64) - 4
_RESTARTS = tuple((1 << 64) - code for code in (512, 513, 514, 516))  # ERESTARTSYS and its kin
_NEVER_RESTARTED = (232, 281, 441, 65, 220, 70, 69, 128, 208)
"""epoll_wait epoll_pwait epoll_pwait2 semop semtimedop msgrcv msgsnd rt_sigtimedwait io_getevents:
the kernel ends them with EINTR for a mere ptrace stop.  Source: signal(7); KERNEL 18."""
_CLONE_VM = 0x100
_COMPATIBILITY_CS = 0x23
"""The code segment of 32-bit programs.  Source: Linux asm/segment.h, __USER32_CS."""
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

    __slots__ = ("_dying", "_strays", "abandoned", "ident", "orphans", "waiter", "wanted")

    def __init__(self) -> None:
        self.ident = threading.get_ident()
        self.waiter: Waiter[Tracee] = Waiter()
        self.wanted = False
        self.abandoned: list[NativeProcess] = []
        self.orphans: list[NativeProcess] = []
        self._strays: dict[int, int] = {}
        self._dying: set[int] = set()

    def is_here(self) -> bool:
        """Whether the caller is the thread that ptrace answers."""
        return threading.get_ident() == self.ident

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
        own = threading.get_native_id()
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
                if not any(process.tracees or process.dead for process in processes):
                    return Served((), False)
                if self._all_quiet(processes):
                    time.sleep(0.02)  # a group-stop reports nothing, not even our SIGSTOP (KERNEL 8)
                    waiter.drain()
                elif not waiter.collect():
                    self._bury_lost()
                continue
            tid, status = queue.popleft()
            tracee = tracees.get(tid) or self._recognize(tid, status)
            if tracee is None:
                continue
            process = tracee.process
            if status == TRAP_STOP and tracee.mode == RUN and process.serving:
                # The hot path: one look-up, one judgement, two requests.
                handle = tracee.handle
                if not handle.get_words():
                    continue  # killed meanwhile: its exit follows
                words = handle.words
                trap = process.traps.hits.get(words[RIP])
                if trap is not None and (
                    (trap.sure and not process.debug_armed) or handle.signal_code() == SI_KERNEL
                ):
                    address = trap.address
                    words[RIP] = address
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
            if self._handle(tracee, status):
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
                    self.settle(tracee, status)
                    if tracee.stopped:
                        self.proceed(tracee)
                else:
                    self.waiter.queue.appendleft((tracee.tid, status))

    def _is_wake(self, tracee: Tracee, status: int) -> bool:
        if status == SIGSTOP << 8 | 0x7F:
            info = tracee.siginfo()
            return info is not None and info.code == -1 and self._is_cookie(info)
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

    def _bury_lost(self) -> None:
        """Account for tracees that the kernel no longer knows."""
        for tracee in list(self.waiter.tracees.values()):
            # Only a child of ours can have been reaped behind our back, by its Popen.
            self._bury(tracee, UNKNOWN_STATUS if tracee.process.natural_child else SIGKILL)

    def _handle(self, tracee: Tracee, status: int) -> bool:
        """Take in one status of a served process and let the thread go on; True to stop."""
        reason = self.settle(tracee, status)
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

    # -- one status ------------------------------------------------------------------------------

    def settle(self, tracee: Tracee, status: int) -> StopReason | None:
        """Translate a wait status into a reason, with all bookkeeping but no decision.

        The thread is left stopped, unless SIGKILL has ended the stop already: its exit follows.  None
        means that there is nothing to hear.
        """
        if status & 0x7F != 0x7F:
            return self._bury(tracee, status)
        try:
            return self._settle_stopped(tracee, status)
        except ThreadGone:
            tracee.leave_stop()
            return None

    def _settle_stopped(self, tracee: Tracee, status: int) -> StopReason | None:
        tracee.stopped = True
        tracee.fresh = tracee.pc_behind = False
        tracee.listening = False
        tracee.kind = SAFE
        tracee.passed = NOWHERE
        signal, event = status >> 8 & 0xFF, status >> 16
        process = tracee.process
        if event or signal & 0x7F == SIGTRAP:
            tracee.rewound = NOWHERE
        if process.traps.moribund:
            process.traps.moribund = {
                address: still
                for address, tids in process.traps.moribund.items()
                if (still := tids - {tracee.tid}) or address + 1 == tracee.pc
            }
        if event == 0:
            if signal == SIGTRAP | 0x80:
                return self._settle_syscall(tracee)
            if signal == SIGTRAP:
                return self._settle_trap(tracee)
            return self._settle_signal(tracee)
        if event == EVENT_STOP:
            return self._settle_stop(tracee, signal)
        tracee.kind = EVENT
        tracee.mode = RUN if tracee.mode != HOLD else HOLD
        if event == EVENT_CLONE:
            return self._settle_clone(tracee)
        if event in (EVENT_FORK, EVENT_VFORK):
            return self._settle_fork(tracee, "fork" if event == EVENT_FORK else "vfork")
        if event == EVENT_VFORK_DONE:
            tracee.in_vfork = False
            process.vfork_done(tracee)
            return None
        if event == EVENT_EXEC:
            return self._settle_exec(tracee)
        return None

    def _settle_trap(self, tracee: Tracee) -> StopReason | None:
        process = tracee.process
        info = tracee.siginfo()
        if info is None:
            return None
        pc = tracee.pc
        tracee.trapped = info.code > 0
        mode, tracee.mode = tracee.mode, RUN
        if info.code == SI_KERNEL and mode != INLINE:
            trap = process.traps.hits.get(pc)
            if trap is not None:
                return self._hit(tracee, trap, mode)
            if pc - 1 in process.traps.moribund or self._byte_gone(process, pc - 1):
                tracee.set_pc(pc - 1)
                tracee.passed = NOWHERE
                return None
        if info.code in (TRAP_TRACE, TRAP_HWBKPT) or (info.code in _STEPPED and mode != RUN):
            fired = 0
            if process.debug_armed:
                fired = ptrace.peek_user(tracee.tid, _DR6) & 15
                if fired:
                    ptrace.poke_user(tracee.tid, _DR6, 0)
            if mode == HOLD:
                return self._held_done(tracee)
            place = process.slots.places.get(pc) if process.slots.regions else None
            if tracee.pushes_flags:
                self._clear_pushed_flag(tracee)
            if place is not None:
                self._leave_slot(tracee)
            if fired:
                return HardwareReason(tracee, fired)
            if mode == STEP and info.code == TRAP_BRKPT and self._is_cut_short(tracee):
                tracee.interrupted = True
                return None
            if mode == STEP:
                tracee.stepping = False
                return StepReason(tracee)
            if info.code == TRAP_TRACE:
                return None  # the tail of a step that was given up
        tracee.mode = RUN
        return self._settle_signal(tracee)

    def _byte_gone(self, process: NativeProcess, address: int) -> bool:
        """Whether the int3 that was run was ours and has been taken out since, by an exec'd sharer."""
        return address in process.disarmed and process.peek_byte(address) != 0xCC

    def _hit(self, tracee: Tracee, trap: Trap, mode: int) -> StopReason | None:
        """A trap met outside the hot path: judge it, or keep it while everything is being stopped."""
        process = tracee.process
        tracee.set_pc(trap.address)
        if tracee.restart_at == trap.address:
            tracee.restart_at = NOWHERE
            tracee.passed = trap.address
            return None
        if process.stopping or (process.shielded is not None and process.shielded is not tracee):
            tracee.parked = not process.stopping
            return None  # undone: the thread takes it again (KERNEL 24)
        tracee.passed = trap.address
        return TrapReason(tracee, trap.address)

    def _settle_signal(self, tracee: Tracee) -> StopReason | None:
        info = tracee.siginfo()
        if info is None:
            return None
        process = tracee.process
        if info.number == SIGSTOP and info.code == -1 and self._is_cookie(info):
            tracee.cookie_sent = False
            tracee.interrupted = True  # a system call may have ended with EINTR for it
            if tracee.mode == HOLD:
                tracee.kind = SAFE
                self._step_held(tracee)
            return None
        if tracee.rewound != NOWHERE:
            tracee.undo_rewind()
        if process.slots.regions:
            place = process.slots.places.get(tracee.pc)
            if place is not None or tracee.pc in process.slots:
                info = self._signal_in_slot(tracee, info)
                if info is None:
                    return None
        tracee.mode = RUN
        tracee.signal_moved = False
        return SignalReason(tracee, info)

    def _is_cookie(self, info: Siginfo) -> bool:
        return info.sender == os.getpid() and int.from_bytes(info.raw[24:28], "little") == ptrace.COOKIE

    def _settle_stop(self, tracee: Tracee, signal: int) -> StopReason | None:
        """EVENT_STOP: an interrupt, a new thread's first stop, or a group-stop (KERNEL 34)."""
        process = tracee.process
        tracee.interrupt_sent = False
        if signal != SIGTRAP:
            tracee.group_stop = signal
            return None
        tracee.group_stop = 0
        tracee.interrupted = True
        if tracee.newborn:
            tracee.newborn = False
            process.write_debug_registers(tracee)
            if process.slots.regions and tracee.pc in process.slots:
                self._leave_slot(tracee)  # a clone that ran in a slot returns there in the child too
            return ThreadStartReason(tracee)
        if tracee.mode == HOLD:
            self._step_held(tracee)
            return None
        traps, at = process.traps, tracee.pc - 1
        may_trap = tracee.mode == STEP or at in traps.at or at in traps.moribund or at in process.disarmed
        if may_trap and self._waits_to_trap(tracee):
            return self._report_trap(tracee)
        return None

    def _waits_to_trap(self, tracee: Tracee) -> bool:
        """Whether a SIGTRAP waits behind this stop: a thread that ran an int3 reports an interrupt first."""
        status = procfs.status(tracee.process.pid, tracee.tid)
        return status is not None and bool(status.pending >> (SIGTRAP - 1) & 1)

    def _report_trap(self, tracee: Tracee) -> StopReason | None:
        """Take the SIGTRAP that waits behind this stop; the thread runs nothing for it."""
        tracee.interrupted = False
        tracee.leave_stop()
        tracee.handle.cont()
        status = self.waiter.take(tracee.tid)
        return self.settle(tracee, status) if status is not None else None

    def take_waiting_trap(self, tracee: Tracee) -> None:
        """Take a SIGTRAP that waits behind a stop of ours, all being stopped, and keep what it means.

        After a detach it would kill; in an injected call it would be taken for the call's own.  A hit is
        undone.
        """
        process = tracee.process
        stopping, process.stopping = process.stopping, True
        try:
            while tracee.stopped and tracee.interrupted and tracee.kind == SAFE:
                if not self._waits_to_trap(tracee):
                    return
                reason = self._report_trap(tracee)
                if reason is not None and tracee.stopped:
                    tracee.reasons.append(reason)
                elif reason is not None:
                    process.late.append(reason)
        finally:
            process.stopping = stopping

    def _settle_syscall(self, tracee: Tracee) -> StopReason | None:
        info = ptrace.syscall_info(tracee.tid)
        slots = tracee.process.slots
        if info.op == 1:
            tracee.syscall_entry = True
            place = slots.places.get(tracee.pc) if slots.regions else None
            if place is not None:
                self._leave_slot(tracee)
                tracee.restart_at = place.address  # should the kernel restart the call at the trap
            tracee.kind = ENTRY
            return SyscallReason(tracee, SyscallInfo(True, info.number, info.arguments, 0))
        seen_entry, tracee.syscall_entry = tracee.syscall_entry, False
        if tracee.restart_at != NOWHERE and tracee.words[RAX] not in _RESTARTS:
            tracee.restart_at = NOWHERE
        if slots.regions:
            self._leave_slot(tracee)
        if not seen_entry:
            return None  # the catch was set while the thread was inside the call (KERNEL 27)
        return SyscallReason(tracee, SyscallInfo(False, tracee.words[ORIG_RAX], (), info.result))

    def _settle_clone(self, tracee: Tracee) -> StopReason | None:
        process = tracee.process
        tid = ptrace.event_message(tracee.tid)
        if os.path.exists(f"/proc/{process.pid}/task/{tid}"):
            self._adopt(process, tid)
            return None
        return self._settle_fork(tracee, "clone")

    def _adopt(self, process: NativeProcess, tid: int) -> Tracee:
        """Enter a new thread, whose first stop may already have come."""
        tracee = Tracee(process, tid)
        tracee.newborn = True
        process.tracees[tid] = tracee
        self.waiter.tracees[tid] = tracee
        status = self._strays.pop(tid, None)
        if status is not None and (status & 0x7F == 0x7F or not procfs.thread_state(process.pid, tid)):
            self.waiter.queue.appendleft((tid, status))  # else an earlier bearer of the number has ended
        return tracee

    def _recognize(self, tid: int, status: int) -> Tracee | None:
        """Return the tracee of a tid that we do not know yet; None, and the status kept, for a stray.

        A thread that execs takes the number of its leader, which attaching may have found dead (KERNEL 15).
        """
        if status >> 16 == EVENT_EXEC:
            try:
                former = self.waiter.tracees.get(ptrace.event_message(tid))
            except ThreadGone:
                former = None
            if former is not None and former.process.pid == tid:
                tracee = self.waiter.tracees[tid] = former.process.tracees[tid] = Tracee(former.process, tid)
                return tracee
        self._strays[tid] = status
        return None

    def _settle_strays(self, process: NativeProcess) -> None:
        """Give up on tids that nobody has announced, now that a process has ended.

        SIGKILL in a clone or fork swallows the announcement.  A new thread has ended with its process;
        a new process lives on, with traps in it, and is let go here.
        """
        for tid, status in list(self._strays.items()):
            facts = procfs.status(tid, tid) if status & 0x7F == 0x7F else None
            if facts is None or facts.group != tid:
                del self._strays[tid]
            elif not any(tracee.process.pid == facts.parent for tracee in self.waiter.tracees.values()):
                child = process.born(tid, False)
                first = self._adopt(child, tid)
                self.settle(first, self.waiter.take(tid) or SIGKILL)
                child.let_go()

    def _settle_fork(self, tracee: Tracee, kind: str) -> StopReason | None:
        process = tracee.process
        pid = ptrace.event_message(tracee.tid)
        shares = kind == "vfork" or bool(self._clone_flags(tracee) & _CLONE_VM)
        child = process.born(pid, shares)
        first = self._adopt(child, pid)
        if kind == "vfork":
            tracee.in_vfork = True
            child.vfork_parent = tracee
        status = self.waiter.take(pid)
        if status is not None:
            self.settle(first, status)
        return ForkReason(tracee, kind, child)

    def _clone_flags(self, tracee: Tracee) -> int:
        """Return the CLONE_ flags of the system call that the thread is in.  Source: clone(2)."""
        words = tracee.words
        if words[ORIG_RAX] == 56:
            return words[RDI]
        if words[ORIG_RAX] == 435:
            try:
                return int.from_bytes(tracee.process.read(words[RDI], 8), "little")
            except MemoryFault:
                return 0
        return _CLONE_VM if words[ORIG_RAX] == 58 else 0

    def _settle_exec(self, tracee: Tracee) -> StopReason | None:
        """The process is another program: every other thread is gone (KERNEL 15)."""
        process = tracee.process
        for tid in list(process.tracees):
            if tid != process.pid:
                self.waiter.tracees.pop(tid, None)
                del process.tracees[tid]
        process.dead.clear()
        process.tracees[tracee.tid] = tracee
        tracee.syscall_entry = False  # the call is left by another way than its return
        process.execed(tracee)
        if tracee.words[CS] == _COMPATIBILITY_CS:
            process.unsupported = "a 32-bit program"
        else:
            self.to_safe_stop(tracee)
        return ExecReason(tracee)

    def to_safe_stop(self, tracee: Tracee) -> None:
        """Bring a thread from an event or system-call stop to one where registers may be set.

        At an event stop the kernel is still inside the system call and writes its result over rax
        when it returns (KERNEL 9); at an entry stop the call is run to its exit first.
        """
        signals = []
        while tracee.stopped and tracee.kind != SAFE:
            if tracee.kind == ENTRY:
                request = ptrace.SYSCALL
            else:
                ptrace.interrupt(tracee.tid)
                request = ptrace.CONT
            tracee.leave_stop()
            tracee.handle.resume(request)
            status = self.waiter.take(tracee.tid)
            if status is None:
                raise ThreadGone(tracee.tid)
            reason = self.settle(tracee, status)
            if reason is not None and tracee.stopped:
                signals.append(reason)
            elif reason is not None:
                tracee.process.late.append(reason)
            if not tracee.stopped:
                break
        tracee.reasons.extend(signals)
        if not tracee.stopped:
            raise ThreadGone(tracee.tid)

    def _bury(self, tracee: Tracee, status: int) -> StopReason | None:
        """A thread is gone; so may be the process."""
        process = tracee.process
        self.waiter.tracees.pop(tracee.tid, None)
        process.tracees.pop(tracee.tid, None)
        process.dead.pop(tracee.tid, None)
        tracee.stopped = tracee.fresh = False
        process.buried(tracee, status)
        if process.tracees or process.dead:
            return ThreadExitReason(tracee)
        if self._strays:
            self._settle_strays(process)
        process.ended()
        return ExitReason(process, process.wait_status)

    # -- slots -----------------------------------------------------------------------------------

    def leave_slots(self, process: NativeProcess) -> None:
        """Give every stopped thread the pc that the program would see."""
        if process.slots.regions:
            for tracee in process.tracees.values():
                if tracee.stopped and tracee.kind == SAFE and tracee.held is None:
                    try:
                        self._leave_slot(tracee)
                    except ThreadGone:
                        continue  # killed meanwhile: its exit follows

    def _leave_slot(self, tracee: Tracee) -> None:
        """Give a stopped thread that is in a slot the pc that the program would see.

        Where the displaced instruction has not run yet, that is the trap's address, which the thread
        is not to hit again.  A system call that the kernel will restart comes back to the trap: its
        next hit there is the same one.
        """
        process = tracee.process
        while tracee.pc in process.slots:
            place = process.slots.places.get(tracee.pc)
            if place is None or place.original is None:
                # In the middle of an instruction that was relocated into several.
                former = ptrace.get_signal_mask(tracee.tid)
                ptrace.set_signal_mask(tracee.tid, _HOLD_MASK)
                tracee.leave_stop()
                tracee.handle.resume(ptrace.SINGLESTEP)
                status = self.waiter.take(tracee.tid)
                if status is None or status & 0x7F != 0x7F:
                    if status is not None:
                        self.waiter.queue.append((tracee.tid, status))
                    return
                tracee.stopped = True
                ptrace.set_signal_mask(tracee.tid, former)
                continue
            words = tracee.words
            restarting = place.ran and words[ORIG_RAX] >> 63 == 0 and words[RAX] in _RESTARTS
            if words[RCX] == words[RIP]:
                # A system call leaves its own return address there (KERNEL 11 d).
                tracee.write_words({RCX: place.original, RIP: place.original})
            else:
                tracee.set_pc(place.original)
            if not place.ran:
                tracee.passed = place.address
            elif restarting:
                tracee.restart_at = place.address
            return

    def _signal_in_slot(self, tracee: Tracee, info: Siginfo) -> Siginfo | None:
        """Deal with a signal that found its thread in a slot; None while it is held (KERNEL 1)."""
        process = tracee.process
        place = process.slots.places.get(tracee.pc)
        if place is not None and place.ran and place.original is not None:
            self._leave_slot(tracee)
            return info
        fault = info.is_fault
        if tracee.held is not None:
            held, tracee.held = tracee.held, None
            ptrace.set_signal_mask(tracee.tid, held.mask)
            if not fault:
                tracee.reasons.append(SignalReason(tracee, held.signal))
            else:
                process.resend(tracee, held.signal.number)
        if place is not None and fault:
            slot = tracee.pc
            tracee.set_pc(place.address)
            if info.number in (4, 5, 8) and int.from_bytes(info.raw[16:24], "little") == slot:
                raw = info.raw[:16] + place.address.to_bytes(8, "little") + info.raw[24:]
                info = Siginfo(info.number, info.code, raw)
                ptrace.set_siginfo(tracee.tid, raw)
            return info
        trap = process.traps.at.get(place.address) if place is not None else None
        if trap is not None and trap.displaced.kind == instructions.SYSCALL:
            # Not stepped: it may block, and the signal is what ends it.
            tracee.set_pc(trap.address)
            tracee.restart_at = trap.address
            return info
        tracee.pushes_flags = trap is not None and instructions.touches_flags_push(trap.code)
        tracee.held = Held(info, ptrace.get_signal_mask(tracee.tid), False)
        ptrace.set_signal_mask(tracee.tid, _HOLD_MASK)
        self._step_held(tracee)
        return None

    def _step_held(self, tracee: Tracee) -> None:
        tracee.mode = HOLD
        tracee.leave_stop()
        tracee.handle.resume(ptrace.SINGLESTEP)

    def _held_done(self, tracee: Tracee) -> StopReason | None:
        """The displaced instruction has run; deliver the signal that waited for it."""
        process = tracee.process
        pc = tracee.pc
        place = process.slots.places.get(pc)
        if pc in process.slots and (place is None or place.original is None):
            self._step_held(tracee)
            return None
        held, tracee.held = tracee.held, None
        assert held is not None
        if place is not None and not place.ran:
            # One round of a rep instruction: the rest is the same hit.
            tracee.restart_at = place.address
        if tracee.pushes_flags:
            self._clear_pushed_flag(tracee)
        if place is not None and place.original is not None:
            tracee.set_pc(place.original)
        ptrace.set_signal_mask(tracee.tid, held.mask)
        tracee.signal_moved = True
        if held.judged:
            tracee.signal = held.signal
            return None
        return SignalReason(tracee, held.signal)

    def _clear_pushed_flag(self, tracee: Tracee) -> None:
        """Clear the trap flag of our step from what a pushf pushed (KERNEL 11 g)."""
        tracee.pushes_flags = False
        where = tracee.words[RSP] + 1
        try:
            flags = tracee.process.peek_byte(where)
            tracee.process.write(where, bytes([flags & ~1]))
        except MemoryFault:
            return

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
            self._step_held(tracee)
            return False
        try:
            if not tracee.mask_checked and (tracee.trapped or tracee.passed != NOWHERE):
                self.mend_mask(tracee)
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
                self.rewind_if_needed(tracee)
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
            tracee.listening = True
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

    def rewind_if_needed(self, tracee: Tracee) -> None:
        """Restart a call that ended with EINTR only because we stopped the thread (KERNEL 18)."""
        words = tracee.words
        if (
            words[RAX] == _MINUS_EINTR
            and words[ORIG_RAX] in _NEVER_RESTARTED
            and tracee.signal is None
            and tracee.kind == SAFE
        ):
            tracee.rewind()

    def _is_cut_short(self, tracee: Tracee) -> bool:
        """Whether a stepped system call only ended because the thread was woken: it is to be made again.

        The kernel reports the step before the signal that ended the call.
        """
        words = tracee.words
        if words[ORIG_RAX] >> 63:
            return False
        woken = tracee.cookie_sent or tracee.interrupt_sent
        return words[RAX] in _RESTARTS or (
            woken and words[RAX] == _MINUS_EINTR and words[ORIG_RAX] in _NEVER_RESTARTED
        )

    def mend_mask(self, tracee: Tracee) -> None:
        """Block SIGTRAP again where a trap made the kernel unblock it.

        A thread that blocks everything has both neighbours of SIGTRAP blocked; when only SIGTRAP is
        missing after a trap, force_sig() took it out (KERNEL 17).
        """
        mask = ptrace.get_signal_mask(tracee.tid)
        neighbours = mask >> (SIGTRAP - 2) & 0b111
        # 0b111: it was stepped under a mask of ours, and the next trap will take it out.
        tracee.mask_checked = neighbours not in (0b101, 0b111)
        if neighbours == 0b101:
            ptrace.set_signal_mask(tracee.tid, mask | 1 << (SIGTRAP - 1))

    def _pass(self, tracee: Tracee, trap: Trap, step: bool) -> bool:
        """Go on from an armed trap without hitting it."""
        process = tracee.process
        kind = trap.displaced.kind
        if tracee.signal is not None and tracee.signal.is_fault:
            # The covered instruction itself faulted: the handler sees it where it is, and may come back.
            tracee.settle_pc()
            self._run(tracee, ptrace.SINGLESTEP if step else process.request)
            return False
        if kind in (instructions.NATIVE, instructions.INLINE) or not process.prepare(trap, tracee):
            return self._pass_inline(tracee, trap, step)
        if kind == instructions.CALL:
            if not self._emulate_call(tracee, trap):
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
                    ptrace.set_signal_mask(tracee.tid, _HOLD_MASK)
                    self._step_held(tracee)
                    return False
                self._run(tracee, ptrace.SINGLESTEP if step else process.request)
                return False
        if step:
            tracee.stepping = False
            # Nothing had to run: the step is done where the emulation left the thread.
            return self.judge(tracee, StepReason(tracee))
        self._run(tracee, process.request)
        return False

    def _emulate_call(self, tracee: Tracee, trap: Trap) -> bool:
        """Do what a call does; False when the stack cannot be written (KERNEL 11 a)."""
        process = tracee.process
        words = tracee.handle.words
        displaced = trap.displaced

        def read_word(address: int) -> int:
            return int.from_bytes(process.read(address, 8), "little")

        try:
            target = instructions.call_target(displaced, words, read_word)
            after = trap.address + displaced.length
            process.write(words[RSP] - 8, after.to_bytes(8, "little"))
        except MemoryFault:
            return False  # let the instruction itself raise the fault, or grow the stack
        words[RSP] -= 8
        words[RIP] = target
        tracee.flush()
        return True

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
        enters = trap.displaced.kind == instructions.SYSCALL
        try:
            reason = self._enter_in_place(tracee, trap) if enters else self._step_in_place(tracee, trap, step)
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

    def _step_in_place(self, tracee: Tracee, trap: Trap, step: bool) -> StopReason | None:
        """Run the instruction under a trap, all others being stopped; signals wait meanwhile."""
        process = tracee.process
        tracee.settle_pc()
        former = ptrace.get_signal_mask(tracee.tid)
        process.lift(trap)
        try:
            ptrace.set_signal_mask(tracee.tid, _HOLD_MASK)
            tracee.mode = INLINE
            tracee.leave_stop()
            tracee.handle.resume(ptrace.SINGLESTEP)
            status = self.waiter.take(tracee.tid)
            if status is None:
                return None
            reason = self.settle(tracee, status)
            if tracee.stopped:
                ptrace.set_signal_mask(tracee.tid, former)
                if status == TRAP_STOP and reason is None and step:
                    tracee.stepping = False
                    return StepReason(tracee)
            return reason
        finally:
            process.lower(trap)

    def _enter_in_place(self, tracee: Tracee, trap: Trap) -> StopReason | None:
        """Run a system-call instruction under a trap up to the kernel's door.

        The call itself may wait for a thread that is stopped now, so it is made when all go on
        (KERNEL 11 d).  The kernel restarts it at the trap: its exit is awaited to know whether it does.
        """
        process = tracee.process
        tracee.settle_pc()
        former = ptrace.get_signal_mask(tracee.tid)
        process.lift(trap)
        try:
            ptrace.set_signal_mask(tracee.tid, _HOLD_MASK)
            tracee.mode = RUN
            tracee.leave_stop()
            tracee.handle.resume(ptrace.SYSCALL)
            status = self.waiter.take(tracee.tid)
            if status is None:
                return None
            reason = self.settle(tracee, status)
            if tracee.stopped:
                ptrace.set_signal_mask(tracee.tid, former)
            if tracee.kind == ENTRY:
                tracee.restart_at = trap.address
                return reason if process.catches_syscalls else None
            return reason
        finally:
            process.lower(trap)

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
            self.to_safe_stop(tracee)
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
                foreign += self._settle_queue(group)
            for process in group:
                self.leave_slots(process)
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
            tracee = waiter.tracees.get(tid) or self._recognize(tid, status)
            if tracee is None:
                continue
            if tracee.process is child:
                self._handle(tracee, status)
            elif tracee.process is parent.process:
                reason = self.settle(tracee, status)
                if reason is not None and tracee.stopped:
                    tracee.reasons.append(reason)
            else:
                foreign.append((tid, status))
        waiter.queue.extendleft(reversed(foreign))

    def _settle_queue(self, group: tuple[NativeProcess, ...]) -> list[tuple[int, int]]:
        """Settle what came from threads of the group; return the statuses of others."""
        queue = self.waiter.queue
        foreign = []
        for _ in range(len(queue)):
            tid, status = queue.popleft()
            tracee = self.waiter.tracees.get(tid) or self._recognize(tid, status)
            if tracee is None:
                continue
            if tracee.process not in group:
                foreign.append((tid, status))
            else:
                reason = self.settle(tracee, status)
                if reason is not None and tracee.stopped:
                    tracee.reasons.append(reason)
                elif reason is not None:
                    tracee.process.late.append(reason)
        return foreign


_local = threading.local()


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
