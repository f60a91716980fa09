"""A live process: how it runs and stops, what is born of it, and its end."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found, unused-ignore]  # typeshed has no stub
import os
import time
from collections.abc import Callable, Mapping, Sequence

from trapline.backend.native import procfs, ptrace
from trapline.backend.native.armed import ArmedProcess
from trapline.backend.native.memory import ProcessMemory
from trapline.backend.native.reaping import reap
from trapline.backend.native.slots import SlotArea
from trapline.backend.native.tracee import SAFE, Tracee
from trapline.backend.native.traps import DebugRegisters, TrapTable
from trapline.backend.native.unfollowed import Unfollowed
from trapline.backend.native.wait import exit_of_child
from trapline.backend.reasons import ForkReason, Served, StepReason, StopReason
from trapline.base import threads
from trapline.base.typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trapline.backend.native.terminal import Terminal
    from trapline.backend.native.tracer import Tracer
    from trapline.backend.process import Judge

TRACING = (
    ptrace.OPTION_SYSGOOD
    | ptrace.OPTION_FORK
    | ptrace.OPTION_VFORK
    | ptrace.OPTION_CLONE
    | ptrace.OPTION_EXEC
    | ptrace.OPTION_VFORK_DONE
)
_PROMPT = 0.01
"""Seconds within which a killed thread is gone from its stop."""
_NO_SLACK: tuple[tuple[int, int], ...] = ()


class NativeProcess(ArmedProcess):
    """A process whose threads this thread traces.

    `epoch` counts what may have changed registers or memory; `generation` what makes a decision taken
    before it void.  `family` lists the processes that stop together, this one included; `sharers` those
    that share the address space.  `dead` are threads that have exited but cannot be reaped yet: a leader,
    while others live (KERNEL 14).  `wait_status` is wait(2)'s once the process has ended.
    `woken` says that a SIGSTOP of ours was ever sent.
    """

    __slots__ = (
        "_ended_leader",
        "_kill_lock",
        "_pidfd",
        "_refuses_wakes",
        "_wake_lock",
        "alive",
        "all_stopped",
        "alone",
        "backlog",
        "births",
        "dead",
        "epoch",
        "family",
        "find_slack",
        "frozen",
        "generation",
        "inline_steps",
        "judge",
        "late",
        "launched",
        "leaving",
        "lone",
        "memory",
        "natural_child",
        "options",
        "owner",
        "pid",
        "released",
        "request",
        "serving",
        "sharers",
        "shielded",
        "slots",
        "stopping",
        "terminal",
        "tracees",
        "tracer",
        "traps",
        "undecided",
        "unsupported",
        "vfork_parent",
        "wait_status",
        "woken",
    )

    def __init__(self, tracer: Tracer, pid: int, *, launched: bool) -> None:
        super().__init__()
        self.tracer = tracer
        self.pid = pid
        self.owner = os.getpid()
        self.launched = launched
        self.options = TRACING | (ptrace.OPTION_EXITKILL if launched else 0)
        self.natural_child = False
        self.births = 0
        self.dead: dict[int, Tracee] = {}
        self.tracees: dict[int, Tracee] = {}
        self.traps = TrapTable()
        self.slots = SlotArea()
        self.memory = ProcessMemory(pid, self.traps, self.slots, self._force)
        self.judge: Judge = Unfollowed()
        self.family: list[NativeProcess] = [self]
        self.sharers: list[NativeProcess] = [self]
        self.find_slack: Callable[[int], Sequence[tuple[int, int]]] = lambda _: _NO_SLACK
        self.backlog: list[tuple[int, int]] = []
        self.late: list[StopReason] = []
        self.undecided: list[ForkReason] = []
        self.epoch = 0
        self.generation = 0
        self.all_stopped = False
        self.lone: Tracee | None = None
        self.stopping = False
        self.serving = False
        self.shielded: Tracee | None = None
        self.frozen: set[int] = set()
        self.alone = 0
        self.alive = True
        self.released = False
        self.request = ptrace.CONT
        self.inline_steps = 0
        self.wait_status = 0
        self.woken = False
        self.unsupported = ""
        self.vfork_parent: Tracee | None = None
        self.terminal: Terminal | None = None
        self.leaving = False
        self._ended_leader: int | None = None
        self._kill_lock = threads.Lock()
        self._wake_lock = threads.RLock()  # a signal handler may wake in the midst of a wake
        self._refuses_wakes = False
        try:
            self._pidfd = os.pidfd_open(pid)
        except OSError:
            self._pidfd = -1

    def __repr__(self) -> str:
        return f"<NativeProcess {self.pid}, {len(self.tracees)} threads>"

    @property
    def moment(self) -> tuple[int, bool]:
        """Changes when a callback resumes the process or stops all of it."""
        return self.generation, self.all_stopped

    # -- running ---------------------------------------------------------------------------------

    def is_frozen(self, tid: int) -> bool:
        """Whether a thread stays stopped when the others go on."""
        return tid in self.frozen or self.alone not in (0, tid)

    @property
    def catches_syscalls(self) -> bool:
        """Whether threads stop at system calls; set while all are stopped."""
        return self.request == ptrace.SYSCALL

    @catches_syscalls.setter
    def catches_syscalls(self, on: bool) -> None:
        self.request = ptrace.SYSCALL if on else ptrace.CONT

    def serve_with(self, processes: Sequence[NativeProcess]) -> Served:
        """Serve events of these processes until a judge wants a stop, or `wake()`."""
        return self.tracer.serve(tuple(processes))

    def swallow_wakes(self, processes: Sequence[NativeProcess]) -> None:
        """Let threads of these go on that stopped only for `wake()`."""
        self.tracer.swallow_wakes(processes)

    def judge_late(self) -> None:
        """Hand events of threads that died while everything was stopped to the judge."""
        while self.late:
            self.judge.event(self.late.pop(0))

    def freeze(self, tid: int, on: bool) -> None:
        """Leave a thread stopped when the others go on, or no longer."""
        if on:
            self.frozen.add(tid)
        else:
            self.frozen.discard(tid)

    def pass_here(self, tid: int, counted: bool) -> None:
        """Do not hit a trap at a stopped thread's pc when it goes on (KERNEL 25).

        Without `counted`, only one that is set there later: a trap that is there already and that the
        thread has not run yet is still to be hit.
        """
        tracee = self.tracees.get(tid)
        if tracee is not None and tracee.stopped and not tracee.parked:
            pc = tracee.pc
            if counted or pc not in self.traps.at:
                tracee.passed = pc

    def shield(self, tid: int) -> None:
        """Keep back hits of all threads but one."""
        self.shielded = self.tracees.get(tid)

    def start(self) -> bool:
        """Let a new child go on, while the others run; True when it wants a stop."""
        return self.tracer.resume_all(self)

    def save_state(self, tid: int) -> tuple[object, ...]:
        """Return everything of a thread that a call in it changes; in a group-stop it will run for that."""
        tracee = self.thread(tid)
        group_stop, tracee.group_stop = tracee.group_stop, 0
        return (
            list(tracee.words),
            tracee.read_xsave(),
            ptrace.get_signal_mask(tid),
            tracee.passed,
            tracee.restart_at,
            tracee.signal,
            tracee.interrupted,
            group_stop,
        )

    def restore_state(self, tid: int, state: Any) -> None:
        """Put back what `save_state` returned."""
        tracee = self.thread(tid)
        words, area, mask, passed, restart_at, pending, interrupted, group_stop = state
        self.make_safe(tid)
        tracee.fetch()
        for index, value in enumerate(words):
            tracee.handle.words[index] = value
        tracee.flush()
        tracee.write_xsave(area)
        ptrace.set_signal_mask(tid, mask)
        tracee.passed, tracee.restart_at = passed, restart_at
        tracee.signal, tracee.signal_moved = pending, pending is not None
        tracee.interrupted = interrupted
        tracee.group_stop = group_stop

    def write_words(self, tid: int, changed: Mapping[int, int]) -> None:
        """Write several of the 27 words at once."""
        self.thread(tid).write_words(changed)

    @property
    def holds_terminal(self) -> bool:
        """Whether the terminal is lent to the process now."""
        return self.terminal is not None and self.terminal.lent

    def lend_terminal(self) -> None:
        """Give the process the terminal that it shares with us, if it does."""
        if self.terminal is not None:
            self.terminal.lend()

    def take_terminal(self) -> None:
        """Take the terminal back."""
        if self.terminal is not None:
            self.terminal.take_back()

    def resume_all(self) -> bool:
        """Let every stopped thread of the family go on; True when an event kept back wants a stop."""
        for member in self.family:
            member.lone = None
        return self.go_on()

    def go_on(self) -> bool:
        """As `resume_all`, but a thread that was being stepped alone goes on alone."""
        stopped = False
        for member in self.family:
            if member.all_stopped:
                stopped = self.tracer.resume_all(member) or stopped
            if stopped:
                self.stop_all()
                break
        return stopped

    @property
    def is_running(self) -> bool:
        """Whether any thread runs, one that is stepped while the others stay stopped included."""
        lone = self.lone
        return not self.all_stopped or (lone is not None and not lone.stopped)

    def give_up_step(self) -> None:
        """Forget what was to be stepped: another stop is reported instead."""
        self.lone = None
        self.forget_pages()
        for tracee in self.tracees.values():
            if tracee.stepping or tracee.reasons:
                tracee.stepping = False
                tracee.reasons = [one for one in tracee.reasons if not isinstance(one, StepReason)]

    def stop_all(self) -> None:
        """Stop every thread of the family."""
        self.tracer.stop_all(self.family)

    def step(self, tid: int) -> bool:
        """Begin to single-step one thread; True when the step is already done."""
        return self.tracer.step(self.thread(tid))

    def stride(self, tid: int, limit: int, within: Callable[[int], bool] | None = None) -> tuple[int, bool]:
        """Step one thread up to `limit` times; how many are done, and whether another is under way."""
        from trapline.backend.native.stride import stride

        return stride(self.thread(tid), limit, within)

    def call_system(self, tid: int, number: int, arguments: tuple[int, ...]) -> int:
        """Run a system call in a stopped thread; return its raw result.  All must be stopped."""
        from trapline.backend.native import injection

        return injection.call(self.thread(tid), number, arguments)

    def end_thread(self, tid: int) -> None:
        """Make a stopped thread leave by exit(2); all must be stopped, and another thread be left."""
        from trapline.backend.native import injection

        injection.end(self.thread(tid))

    def make_safe(self, tid: int) -> None:
        """Bring a stopped thread to a stop in which registers may be set (KERNEL 9)."""
        tracee = self.thread(tid)
        if tracee.kind != SAFE:
            self.tracer.settler.to_safe_stop(tracee)

    def wake(self) -> None:
        """Make `serve` return soon; from any thread.  Nothing is stopped by it."""
        self.tracer.wanted = True
        own = self.tracer.is_here()
        for member in self.family:
            for process in list(member.sharers):
                # The leader last: it may have exited before the others, and a zombie reports nothing.
                for tracee in sorted(process.tracees.values(), key=lambda one: one.tid == process.pid):
                    if tracee.stopped or tracee.in_vfork or tracee.listening:
                        continue
                    if own:
                        tracee.interrupt_sent = True
                        if ptrace.interrupt(tracee.tid):
                            return
                    elif process._send_cookie(tracee):
                        return

    def _send_cookie(self, tracee: Tracee) -> bool:
        with self._wake_lock:
            if self._refuses_wakes:
                return False
            # Sent again even if one is on its way: a SIGCONT may have discarded that one, and two are one.
            self.woken = tracee.cookie_sent = True
            if ptrace.queue_stop(self.pid, tracee.tid):
                return True
            tracee.cookie_sent = False
            return False

    def refuse_wakes(self) -> None:
        """Let no other thread send a SIGSTOP from now on: nobody would take it back (KERNEL 8 b)."""
        with self._wake_lock:
            self._refuses_wakes = True

    def resend(self, tracee: Tracee, number: int) -> None:
        """Send a thread a signal that had to be taken off it; only the sender changes."""
        try:
            _signal.pidfd_send_signal(self._pidfd, number)
        except OSError:
            return

    # -- births, deaths, exec --------------------------------------------------------------------

    def born(self, pid: int, shares: bool) -> NativeProcess:
        """Return a new child process; `shares` says that it has our address space."""
        child = NativeProcess(self.tracer, pid, launched=self.launched)
        child.serving = True
        child.find_slack = self.find_slack
        child.disarmed = self.disarmed if shares else set(self.disarmed)
        if shares:
            child.traps, child.slots = self.traps, self.slots
            self.sharers.append(child)
            child.sharers = self.sharers
            for sharer in self.sharers:
                sharer.memory.keep = False
        else:
            child.traps, child.slots = self.traps.copy(), self.slots.copy()
        child.memory.share(child.traps, child.slots)
        try:
            child.memory.open(pid)
        except OSError:
            pass  # dead already; its exit follows
        return child

    def let_go(self) -> None:
        """Leave a new child to itself.

        One with its own memory is detached with the original bytes in place.  One that shares ours
        stays traced, unjudged, until it execs or exits: taking the traps out of its memory would take
        them out of its parent's (KERNEL 7, 28).
        """
        self.judge = Unfollowed()
        if len(self.sharers) > 1 and self.traps is self.sharers[0].traps:
            for tracee in list(self.tracees.values()):
                if tracee.stopped:
                    self.tracer.proceed(tracee)
            return
        self.detach()

    def follow(self, judge: Judge, family: list[NativeProcess]) -> None:
        """Take a new child into a family; it goes on with the others."""
        self.judge = judge
        self.serving = False
        self.family = family
        family.append(self)
        self.all_stopped = True

    def replace_parent(self, parent: NativeProcess, judge: Judge) -> None:
        """Take the place of the parent, which is left to itself.

        A vfork parent shares the memory, so its traps stay until the child has exec'd or exited.
        """
        self.judge = judge
        self.serving = parent.serving
        self.family = parent.family
        parent.family[parent.family.index(parent)] = self
        parent.family = [parent]
        parent.judge = Unfollowed()
        self.terminal, parent.terminal = parent.terminal, None
        self.all_stopped = True
        if len(self.sharers) > 1:
            parent.leaving = True
            parent.serving = True
        else:
            parent.detach()

    def execed(self, tracee: Tracee) -> None:
        """The process is another program: everything known of the old one is void."""
        if len(self.sharers) > 1:
            self.sharers.remove(self)
            for sharer in self.sharers:
                sharer.forget_pages()
                if sharer.leaving:
                    self.tracer.orphans.append(sharer)  # if its VFORK_DONE is not heard in time
            self.sharers = [self]
            self.traps, self.slots = TrapTable(), SlotArea()
            self.memory.share(self.traps, self.slots)
        else:
            self.traps.clear()
            self.slots.clear()
        self.disarmed = set()
        self.vfork_parent = None
        self.debug = DebugRegisters()
        self.debug_armed = False
        self.generation += 1
        self.epoch += 1
        self._syscall_at = None
        self.forget_mappings()
        self.forget_pages()
        try:
            self.memory.open(tracee.tid)
        except OSError:
            pass  # killed in the exec; its exit follows

    def vfork_done(self, tracee: Tracee) -> None:
        """The vfork child of a thread has exec'd or exited; the memory is ours alone again."""
        self.forget_pages()
        if self.leaving and not any(map(self.debugged_vfork_child, self.tracees.values())):
            self.detach()

    def debugged_vfork_child(self, tracee: Tracee) -> NativeProcess | None:
        """Return the vfork child that a thread waits for in the kernel, if somebody debugs that."""
        if not tracee.in_vfork:
            return None
        child = next((one for one in self.sharers if one.vfork_parent is tracee), None)
        return child if child is not None and not isinstance(child.judge, Unfollowed) else None

    def set_aside_dead(self) -> None:
        """Take those off the living that answer nothing.

        The status of a zombie comes when the others end.  A leader that is not ours any more died in an
        exec of a thread that was not yet seized, which has its number now (KERNEL 15, 37).
        """
        own = threads.get_native_id()
        for tid, tracee in list(self.tracees.items()):
            if tracee.stopped:
                continue
            status = procfs.status(self.pid, tid)
            if status is not None and status.state not in ("Z", "X"):
                if status.tracer != own:
                    del self.tracees[tid]
                    self.tracer.waiter.tracees.pop(tid, None)
            elif len(self.tracees) > 1:
                self.dead[tid] = self.tracees.pop(tid)

    def will_answer(self) -> bool:
        """Whether a thread that has been interrupted and has not stopped is able to."""
        return any(
            not tracee.stopped
            and not tracee.in_vfork
            and procfs.thread_state(self.pid, tid) not in ("D", "Z", "X", "")
            for tid, tracee in self.tracees.items()
        )

    def buried(self, tracee: Tracee, status: int) -> None:
        """Note the end of a thread."""
        if tracee.tid == self.pid:
            self._ended_leader = status
        self.wait_status = status if self._ended_leader is None else self._ended_leader
        self.frozen.discard(tracee.tid)
        if self.lone is tracee:
            self.lone = None

    def ended(self) -> None:
        """Note the end of the process and let go of what we hold of it."""
        if self.natural_child:
            # The status is its owner's to reap (KERNEL 2).
            status = exit_of_child(self.pid)
            if status is not None:
                self.wait_status = status
        others = [sharer for sharer in self.sharers if sharer is not self]
        if all(isinstance(sharer.judge, Unfollowed) for sharer in others):
            # Nobody is left who would serve them, so they get their memory back (KERNEL 7).
            self.tracer.orphans += others
        self.let_undecided_go()
        self.close()

    def let_undecided_go(self) -> None:
        """Leave children to themselves that were held until somebody decides whom to follow."""
        while self.undecided:
            self.undecided.pop().child.let_go()

    def close(self) -> None:
        """Let go of what we hold of a process that has ended or was let go."""
        self.alive = False
        self.tracer.waiter.guests.discard(self.pid)
        self.generation += 1
        self.epoch += 1
        self.all_stopped = True
        if len(self.sharers) > 1:
            self.sharers.remove(self)
            self.sharers = [self]
        else:
            self.traps.clear()
            self.slots.clear()
        self.memory.close()
        if self in self.family and len(self.family) > 1:
            self.family.remove(self)
            self.family = [self]
        with self._kill_lock:
            if self._pidfd >= 0:
                os.close(self._pidfd)
                self._pidfd = -1

    def signal(self, number: int) -> None:
        """Send the process a signal, never a process that took its pid (KERNEL 38); from any thread."""
        with self._kill_lock:
            if self._pidfd >= 0:
                try:
                    _signal.pidfd_send_signal(self._pidfd, number)
                except ProcessLookupError:
                    return

    def abandon(self) -> None:
        """Kill from any thread; the owner's thread reaps it, at once if this is it and it has no other."""
        self.judge = Unfollowed()
        tracer = self.tracer
        alone = all(tracee.process is self for tracee in tracer.waiter.tracees.values())
        if alone and tracer.is_here():
            self.kill()
        else:
            tracer.abandoned.append(self)
            self.signal(_signal.SIGKILL)
            for reason in self.undecided:
                reason.child.signal(_signal.SIGKILL)

    def kill(self) -> None:
        """End the process and wait until it is gone."""
        if not self.alive:
            return
        self.released = True
        self.generation += 1
        while self.undecided:
            self.undecided.pop().child.kill()
        self.signal(_signal.SIGKILL)
        for tracee in self.tracees.values():
            for reason in tracee.reasons:
                if isinstance(reason, ForkReason):
                    reason.child.let_go()
        reap(self)
        self.tracer.release_orphans()

    def reap_if_dead(self) -> None:
        """Take the end of a stopped process that has been killed or has left by exit_group, if it has.

        Its threads leave their stops within microseconds, but not all at once.
        """
        deadline = time.monotonic() + _PROMPT
        while self.alive and all(tracee.stopped for tracee in self.tracees.values()):
            if not any(tracee.answers() for tracee in self.tracees.values()):
                reap(self)
            elif time.monotonic() >= deadline:
                return

    def detach(self) -> None:
        """Let the process go, whole: every byte, debug register and pc as the program left them.

        Raises:
            UsageError: a thread waits in the kernel for a vfork child that is debugged too.
        """
        if self.alive:
            from trapline.backend.native.leaving import detach

            detach(self)
