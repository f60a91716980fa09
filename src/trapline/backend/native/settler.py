"""Wait statuses taken in: what a thread's stop means, with all bookkeeping but no decision.

The tracer decides; what is settled here is true whoever asks: registers and slots as the program would
see them, threads and processes born and gone, and stops of our own making that nobody needs to hear of.
"""

from __future__ import annotations

import os

from trapline.arch import instructions
from trapline.arch.x86_64 import CS, ORIG_RAX, RDI
from trapline.backend.native import procfs, ptrace
from trapline.backend.native.displacement import (
    clear_pushed_flag,
    held_done,
    leave_slot,
    signal_in_slot,
    step_held,
)
from trapline.backend.native.interrupted_calls import is_cut_short, will_restart
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
    HOLD_MASK,
    INLINE,
    NOWHERE,
    RUN,
    SAFE,
    STEP,
    Tracee,
)
from trapline.backend.reasons import (
    UNKNOWN_STATUS,
    ExecReason,
    ExitReason,
    ForkReason,
    HardwareReason,
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
from trapline.base.errors import MemoryFault, ThreadGone
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.backend.native.process import NativeProcess
    from trapline.backend.native.traps import Trap
    from trapline.backend.native.wait import Waiter

SIGTRAP, SIGSTOP, SIGKILL = 5, 19, 9
TRAP_STOP = SIGTRAP << 8 | 0x7F
SI_KERNEL, TRAP_BRKPT, TRAP_TRACE, TRAP_HWBKPT = 0x80, 1, 2, 4
_STEPPED = (SIGTRAP, TRAP_BRKPT)
"""si_code of a single step that ended at a signal handler's first instruction, or behind a system call."""
_CLONE_VM = 0x100
_COMPATIBILITY_CS = 0x23
"""The code segment of 32-bit programs.  Source: Linux asm/segment.h, __USER32_CS."""


class Settler:
    """Takes in the statuses of the threads of one `waiter`."""

    __slots__ = ("_strays", "waiter")

    def __init__(self, waiter: Waiter[Tracee]) -> None:
        self.waiter = waiter
        self._strays: dict[int, int] = {}

    def settle(self, tracee: Tracee, status: int, is_read: bool = False) -> StopReason | None:
        """Translate a wait status into a reason, with all bookkeeping but no decision.

        The thread is left stopped, unless SIGKILL has ended the stop already: its exit follows.  None
        means that there is nothing to hear.  `is_read` says that the registers of this very stop have
        been read.
        """
        if status & 0x7F != 0x7F:
            return self._bury(tracee, status)
        try:
            return self._settle_stopped(tracee, status, is_read)
        except ThreadGone:
            tracee.leave_stop()
            return None

    def _settle_stopped(self, tracee: Tracee, status: int, is_read: bool) -> StopReason | None:
        tracee.stopped = True
        tracee.fresh = is_read
        tracee.pc_behind = False
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
        code = tracee.handle.signal_code()
        if code is None:
            return None
        pc = tracee.pc
        tracee.trapped = code > 0
        mode, tracee.mode = tracee.mode, RUN
        if code == SI_KERNEL and mode != INLINE:
            trap = process.traps.hits.get(pc)
            if trap is not None:
                return self._hit(tracee, trap)
            if pc - 1 in process.traps.moribund or self._byte_gone(process, pc - 1):
                tracee.set_pc(pc - 1)
                tracee.passed = NOWHERE
                return None
        if code in (TRAP_TRACE, TRAP_HWBKPT) or (code in _STEPPED and mode != RUN):
            fired = tracee.handle.take_fired() if process.debug_armed else 0
            if mode == HOLD:
                return held_done(tracee)
            place = process.slots.places.get(pc) if process.slots.regions else None
            if tracee.pushes_flags:
                clear_pushed_flag(tracee)
            if place is not None:
                leave_slot(self.waiter, tracee)
            if fired:
                return HardwareReason(tracee, fired)
            if mode == STEP and code == TRAP_BRKPT and is_cut_short(tracee):
                tracee.interrupted = True
                return None
            if mode == STEP:
                tracee.stepping = False
                return StepReason(tracee)
            if code == TRAP_TRACE:
                return None  # the tail of a step that was given up
        tracee.mode = RUN
        return self._settle_signal(tracee)

    def _byte_gone(self, process: NativeProcess, address: int) -> bool:
        """Whether the int3 that was run was ours and has been taken out since, by an exec'd sharer."""
        return address in process.disarmed and process.peek_byte(address) != 0xCC

    def _hit(self, tracee: Tracee, trap: Trap) -> StopReason | None:
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
        if info.number == SIGSTOP and info.code == -1 and is_cookie(info):
            tracee.cookie_sent = False
            tracee.interrupted = True  # a system call may have ended with EINTR for it
            if tracee.mode == HOLD:
                tracee.kind = SAFE
                step_held(tracee)
            return None
        if tracee.rewound != NOWHERE:
            tracee.undo_rewind()
        if process.slots.regions:
            place = process.slots.places.get(tracee.pc)
            if place is not None or tracee.pc in process.slots:
                info = signal_in_slot(self.waiter, tracee, info)
                if info is None:
                    return None
        tracee.mode = RUN
        tracee.signal_moved = False
        return SignalReason(tracee, info)

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
                leave_slot(self.waiter, tracee)  # a clone that ran in a slot returns there in the child too
            return ThreadStartReason(tracee)
        if tracee.mode == HOLD:
            step_held(tracee)
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
                leave_slot(self.waiter, tracee)
                tracee.restart_at = place.address  # should the kernel restart the call at the trap
            tracee.kind = ENTRY
            return SyscallReason(tracee, SyscallInfo(True, info.number, info.arguments, 0))
        seen_entry, tracee.syscall_entry = tracee.syscall_entry, False
        if tracee.restart_at != NOWHERE and not will_restart(tracee.words):
            tracee.restart_at = NOWHERE
        if slots.regions:
            leave_slot(self.waiter, tracee)
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

    def recognize(self, tid: int, status: int) -> Tracee | None:
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

    def bury_lost(self) -> None:
        """Account for tracees that the kernel no longer knows."""
        for tracee in list(self.waiter.tracees.values()):
            # Only a child of ours can have been reaped behind our back, by its Popen.
            self._bury(tracee, UNKNOWN_STATUS if tracee.process.natural_child else SIGKILL)

    def settle_queue(self, group: tuple[NativeProcess, ...]) -> list[tuple[int, int]]:
        """Settle what came from threads of the group; return the statuses of others."""
        queue = self.waiter.queue
        foreign = []
        while queue:  # what is settled may take others along: a fork the first stop of its child
            tid, status = queue.popleft()
            tracee = self.waiter.tracees.get(tid) or self.recognize(tid, status)
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

    def run_in_place(self, tracee: Tracee, trap: Trap, step: bool) -> StopReason | None:
        """Run the instruction under a trap, all others being stopped; signals wait meanwhile.

        A system call is run to the kernel's door only, since it may wait for a thread that is stopped
        now (KERNEL 11 d).  The kernel restarts it at the trap: its exit is awaited to know whether it does.
        """
        process = tracee.process
        enters = trap.displaced.kind == instructions.SYSCALL
        tracee.settle_pc()
        former = ptrace.get_signal_mask(tracee.tid)
        process.lift(trap)
        try:
            ptrace.set_signal_mask(tracee.tid, HOLD_MASK)
            tracee.mode = RUN if enters else INLINE
            tracee.leave_stop()
            tracee.handle.resume(ptrace.SYSCALL if enters else ptrace.SINGLESTEP)
            status = self.waiter.take(tracee.tid)
            reason = self.settle(tracee, status) if status is not None else None
            if tracee.stopped:
                ptrace.set_signal_mask(tracee.tid, former)
        finally:
            process.lower(trap)
        if enters and tracee.kind == ENTRY:
            tracee.restart_at = trap.address
            return reason if process.catches_syscalls else None
        if step and not enters and tracee.stopped and status == TRAP_STOP and reason is None:
            tracee.stepping = False
            return StepReason(tracee)
        return reason


def is_cookie(info: Siginfo) -> bool:
    """Return whether a SIGSTOP is our own, which `wake()` sends (KERNEL 8)."""
    return info.sender == os.getpid() and int.from_bytes(info.raw[24:28], "little") == ptrace.COOKIE
