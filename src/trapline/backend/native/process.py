"""A live process: its threads, traps, debug registers and end."""

from __future__ import annotations

import os
import signal as _signal
import time
from collections.abc import Callable, Container, Mapping, Sequence

from trapline.backend.native import procfs, ptrace
from trapline.backend.native.memory import ProcessMemory
from trapline.backend.native.reaping import reap
from trapline.backend.native.slots import SlotArea
from trapline.backend.native.tracee import SAFE, Tracee
from trapline.backend.native.traps import TRAP, DebugRegisters, Trap, TrapTable
from trapline.backend.native.unfollowed import Unfollowed
from trapline.backend.native.wait import exit_of_child
from trapline.backend.reasons import ForkReason, Served, StepReason, StopReason
from trapline.base import threads
from trapline.base.errors import (
    InferiorExited,
    LocationError,
    MemoryFault,
    PtraceError,
    ThreadGone,
)
from trapline.base.typing import TYPE_CHECKING, Any, SupportsIndex, TypeVar

if TYPE_CHECKING:
    from trapline.backend.native.terminal import Terminal
    from trapline.backend.native.tracer import Tracer
    from trapline.backend.process import Judge
    from trapline.base.address import Mapping as MemoryMapping

_T = TypeVar("_T")

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


class NativeProcess:
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
        "_mapping_cache",
        "_pidfd",
        "_private",
        "_refuses_wakes",
        "_syscall_at",
        "_wake_lock",
        "alive",
        "all_stopped",
        "alone",
        "backlog",
        "births",
        "dead",
        "debug",
        "debug_armed",
        "disarmed",
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
        "unsupported",
        "vfork_parent",
        "wait_status",
        "woken",
    )

    def __init__(self, tracer: Tracer, pid: int, *, launched: bool) -> None:
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
        self.debug = DebugRegisters()
        self.debug_armed = False
        self.judge: Judge = Unfollowed()
        self.family: list[NativeProcess] = [self]
        self.sharers: list[NativeProcess] = [self]
        self.find_slack: Callable[[int], Sequence[tuple[int, int]]] = lambda _: _NO_SLACK
        self.backlog: list[tuple[int, int]] = []
        self.late: list[StopReason] = []
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
        self.disarmed: set[int] = set()
        self.vfork_parent: Tracee | None = None
        self.terminal: Terminal | None = None
        self.leaving = False
        self._ended_leader: int | None = None
        self._syscall_at: int | None = None
        self._mapping_cache: tuple[int, list[MemoryMapping]] = (-1, [])
        self._private: list[tuple[int, int]] = []  # mappings of files' code
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

    # -- what it is ------------------------------------------------------------------------------

    @property
    def threads(self) -> dict[int, Tracee]:
        """Threads by kernel id, in order of birth."""
        return self.tracees

    def thread(self, tid: int) -> Tracee:
        """Return one thread.

        Raises:
            ThreadGone: no such thread any more.
        """
        try:
            return self.tracees[tid]
        except KeyError:
            raise ThreadGone(tid) from None

    def _through_a_thread(self, read: Callable[[int, int], _T]) -> _T:
        """Return what `read(pid, tid)` of /proc gives for a thread that is there (KERNEL 14).

        A leader that has exited shows nothing, nor does a thread that has just ended unheard.
        """
        others = [tid for tid in self.tracees if tid != self.pid]
        if not others and self.pid not in self.tracees:
            raise InferiorExited(f"process {self.pid} is gone")
        for tid in others:
            found = read(self.pid, tid)
            if found:
                return found
        return read(self.pid, self.pid)

    def mappings(self) -> list[MemoryMapping]:
        """Return the memory map in order of address, our own pages left out."""
        if self.all_stopped and self._mapping_cache[0] == self.epoch:
            return self._mapping_cache[1]
        found = self._through_a_thread(procfs.mappings)
        mapped = [region for region in self.slots.regions if region.mapped]
        if mapped:
            ours = {(region.start, region.end) for region in mapped}
            found = [m for m in found if (m.start, m.end) not in ours]
        self._mapping_cache = (self.epoch, found)
        return found

    def forget_mappings(self) -> None:
        """Read the memory map afresh when it is asked for: a system call of ours has changed it."""
        self._mapping_cache = (-1, [])
        self._private.clear()

    def mapping_at(self, address: int) -> MemoryMapping | None:
        """Return the mapping that holds a load address."""
        for mapping in self.mappings():
            if mapping.start <= address < mapping.end:
                return mapping
        return None

    def auxv(self) -> dict[int, int]:
        """Return the auxiliary vector."""
        return self._through_a_thread(procfs.auxv)

    def executable(self) -> str:
        """Return the path of the program file."""
        return self._through_a_thread(procfs.executable)

    def command_line(self) -> list[str]:
        """Return argv as the process shows it now."""
        return self._through_a_thread(procfs.command_line)

    def thread_name(self, tid: int) -> str:
        """Return a thread's name (comm)."""
        return procfs.thread_name(self.pid, tid)

    def syscall_instruction(self) -> int | None:
        """Return the load address of a `syscall` instruction in the inferior."""
        from trapline.backend.native import injection

        known = self._syscall_at
        if known is None or self.traps.within(known, known + 2):
            self._syscall_at = injection.find_syscall_instruction(self)
        return self._syscall_at

    # -- memory ----------------------------------------------------------------------------------

    def read(self, address: SupportsIndex, size: int) -> bytes:
        """Return exactly `size` bytes at a load address; traps and slots of ours never show."""
        return self.memory.read(address, size)

    def write(self, address: SupportsIndex, data: bytes) -> None:
        """Write memory at a load address; traps stay armed over it."""
        self.memory.write(address, data)

    def peek_byte(self, address: int) -> int:
        """Return the byte in memory now, traps included; -1 when it is unmapped."""
        found = self.memory.peek(address)
        return -1 if found is None else found

    def memory_at(self, address: int, size: int) -> bytes:
        """Return up to `size` bytes, fewer where the mapping ends."""
        try:
            return self.memory.read(address, size)
        except MemoryFault as fault:
            return self.memory.read(address, fault.address - address)

    def read_up_to(self, start: int, buffer: bytearray | memoryview) -> int:
        """Fill a buffer from a load address; return the bytes read before an unmapped one."""
        return self.memory.read_up_to(start, buffer)

    def forget_pages(self) -> None:
        """Keep read pages only while every thread that could write is stopped."""
        self.memory.forget_pages()
        self.memory.keep = self.all_stopped and self.lone is None and len(self.sharers) == 1

    # -- traps -----------------------------------------------------------------------------------

    def arm(self, address: int) -> None:
        """Put an int3 at a load address.

        Raises:
            MemoryFault: the address is not mapped.
            LocationError: it cannot be patched: shared memory (KERNEL 29).
        """
        if address in self.traps.at:
            return
        end = next((end for start, end in self._private if start <= address < end), 0)
        if not end:
            end = self._private_end(address)
        code = self.memory.read(address, min(16, end - address))
        trap = Trap(address, code)
        self.memory.write_raw(address, TRAP)
        self.traps.add(trap)

    def _private_end(self, address: int) -> int:
        """Return the end of the mapping that holds an address at which a trap may be put.

        That of a file's code is remembered: steps put traps there again and again.
        """
        mapping = self.mapping_at(address)
        if mapping is None:
            raise MemoryFault(address, 1, "set a breakpoint in")
        if mapping.is_shared:
            raise LocationError(
                f"{address:#x} is in shared memory ({mapping.path or 'anonymous'}): a breakpoint byte "
                "would reach other processes; use hardware=True"
            )
        if mapping.is_executable and mapping.path.startswith("/"):
            self._private.append((mapping.start, mapping.end))
        return mapping.end

    def disarm(self, address: int) -> None:
        """Take the int3 at a load address out again; threads that just ran it go on silently."""
        trap = self.traps.at.get(address)
        if trap is None:
            return
        running = {tid for sharer in self.sharers for tid, t in sharer.tracees.items() if not t.stopped}
        if self.alive and not self.released:
            try:
                if self.peek_byte(address) == TRAP[0]:
                    self.memory.write_raw(address, trap.original)
            except (MemoryFault, InferiorExited):
                pass  # unmapped meanwhile: nothing is left to restore
        self.traps.remove(trap, running)
        self.disarmed.add(address)

    def forget_traps(self, start: int, end: int) -> None:
        """Forget traps at load addresses in [start, end): the memory has been unmapped."""
        self._private.clear()
        for trap in self.traps.within(start, end):
            self.traps.remove(trap, set())

    def keep_traps(self, wanted: Container[int]) -> None:
        """Disarm every trap that a fork child has inherited and nobody wants."""
        if len(self.sharers) == 1:
            for address in [address for address in self.traps.at if address not in wanted]:
                self.disarm(address)

    def _force(self, address: int, word: int) -> bool:
        """Write 8 aligned bytes through a stopped thread."""
        stopped = next((tracee for tracee in self.tracees.values() if tracee.stopped), None)
        return stopped is not None and ptrace.poke_data(stopped.tid, address, word)

    def lift(self, trap: Trap) -> None:
        """Show the original byte for one in-line step, everything being stopped."""
        if trap.armed:
            self.memory.write_raw(trap.address, trap.original)

    def lower(self, trap: Trap) -> None:
        """Put the trap byte back after an in-line step, if the process still lives."""
        if trap.armed and self.alive and trap.address in self.traps.at:
            try:
                self.memory.write_raw(trap.address, TRAP)
            except (MemoryFault, InferiorExited):
                self.traps.remove(trap, set())

    # -- debug registers -------------------------------------------------------------------------

    def set_debug_register(self, number: int, slot: tuple[int, int, int] | None) -> None:
        """Use or clear one debug register in every thread; all must be stopped.

        Raises:
            LocationError: the kernel refuses the address.
        """
        former = self.debug.slots[number]
        self.debug.slots[number] = slot
        self.debug_armed = bool(self.debug)
        try:
            for tracee in self.tracees.values():
                if tracee.stopped:
                    self.write_debug_registers(tracee)
        except PtraceError as error:
            self.debug.slots[number] = former
            self.debug_armed = bool(self.debug)
            for tracee in self.tracees.values():
                if tracee.stopped:
                    self.write_debug_registers(tracee)
            where = f"{slot[0]:#x}" if slot is not None else "it"
            raise LocationError(f"the kernel refuses a debug register at {where}: {error.strerror}") from None

    def write_debug_registers(self, tracee: Tracee) -> None:
        """Write all debug registers of one thread: addresses, then DR7 (KERNEL 16)."""
        base = ptrace.USER_DEBUGREG
        try:
            ptrace.poke_user(tracee.tid, base + 7 * 8, 0)
            for number, slot in enumerate(self.debug.slots):
                if slot is not None:
                    ptrace.poke_user(tracee.tid, base + number * 8, slot[0])
            if self.debug_armed:
                ptrace.poke_user(tracee.tid, base + 7 * 8, self.debug.control)
        except ThreadGone:
            return

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
        if self.leaving:
            self.detach()

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
        self.close()

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

    def kill(self) -> None:
        """End the process and wait until it is gone."""
        if not self.alive:
            return
        self.released = True
        self.generation += 1
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
