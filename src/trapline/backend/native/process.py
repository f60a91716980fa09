"""A live process: its threads, traps, debug registers and end."""

from __future__ import annotations

import os
import signal as _signal
import threading
import time
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, SupportsIndex, TypeVar

from trapline.arch import instructions
from trapline.backend.native import injection, procfs, ptrace
from trapline.backend.native.memory import ProcessMemory
from trapline.backend.native.slots import Region, SlotArea
from trapline.backend.native.stride import stride
from trapline.backend.native.terminal import Terminal
from trapline.backend.native.tracee import NOWHERE, SAFE, Tracee
from trapline.backend.native.tracer import Tracer
from trapline.backend.native.traps import TRAP, DebugRegisters, Trap, TrapTable
from trapline.backend.native.wait import exit_of_child, release
from trapline.backend.process import (
    ExecReason,
    ForkReason,
    Judge,
    LiveThread,
    Served,
    Siginfo,
    SignalReason,
    StepReason,
    StopReason,
)
from trapline.base.address import Mapping as MemoryMapping
from trapline.base.errors import (
    InferiorExited,
    LocationError,
    MemoryFault,
    PtraceError,
    ThreadGone,
    UsageError,
)

_T = TypeVar("_T")

TRACING = (
    ptrace.OPTION_SYSGOOD
    | ptrace.OPTION_FORK
    | ptrace.OPTION_VFORK
    | ptrace.OPTION_CLONE
    | ptrace.OPTION_EXEC
    | ptrace.OPTION_VFORK_DONE
)
_PAGE = 4096
_PROMPT = 0.01
"""Seconds within which a killed thread is gone from its stop."""
_SLOT_PAGES = 16
_PROT_READ_EXECUTE = 5
_MAP_PRIVATE_ANONYMOUS_NOREPLACE = 0x2 | 0x20 | 0x100000
_NO_SLACK: tuple[tuple[int, int], ...] = ()


class Unfollowed:
    """Judges a child that nobody follows but that shares our traps until it execs or exits (KERNEL 7)."""

    __slots__ = ()

    def trap(self, thread: LiveThread, address: int) -> bool:
        """Pass, uncounted."""
        return False

    def signal(self, thread: LiveThread, signal: Siginfo) -> int:
        """Deliver."""
        return signal.number

    def event(self, reason: StopReason) -> bool:
        """Let children of its own go, and itself once it is another program."""
        match reason:
            case ForkReason(_, _, child):
                child.let_go()
            case ExecReason(thread):
                assert isinstance(thread, Tracee)
                thread.process.detach()
            case _:
                pass
        return False


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
        "_syscall_at",
        "alive",
        "all_stopped",
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
        self._kill_lock = threading.Lock()
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
        mapping = self.mapping_at(address)
        if mapping is None:
            raise MemoryFault(address, 1, "set a breakpoint in")
        if mapping.is_shared:
            raise LocationError(
                f"{address:#x} is in shared memory ({mapping.path or 'anonymous'}): a breakpoint byte "
                "would reach other processes; use hardware=True"
            )
        code = self.memory.read(address, min(16, mapping.end - address))
        trap = Trap(address, code)
        self.memory.write_raw(address, TRAP)
        self.traps.add(trap)

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

    def prepare(self, trap: Trap, tracee: Tracee) -> bool:
        """Decide where threads go on after this trap; False when only an in-line step is left."""
        if trap.resume_at:
            return True
        displaced = trap.displaced
        trap.sure = displaced.length > 1
        if displaced.kind == instructions.SKIP:
            trap.resume_at = displaced.target
        elif displaced.kind == instructions.CALL:
            status = procfs.status(self.pid, tracee.tid)
            if status is not None and status.shadow_stack:
                return False  # the return address would be missing on the shadow stack
            trap.resume_at = -1
        else:
            trap.resume_at = self._place(trap, tracee)
        return trap.resume_at != 0

    def _place(self, trap: Trap, tracee: Tracee) -> int:
        """Build the slot of a trap and return its load address; 0 when there is no room."""
        known = self.slots.known(trap.address, trap.code)
        if known is not None:
            return known
        size = instructions.SLOT_SIZE
        start = self.slots.room(trap.address, size)
        if start is None:
            for low, length in self.find_slack(trap.address):
                if low not in self.slots.tried and length >= size:
                    self.slots.tried.add(low)
                    if not any(self.memory.read(low, length)):
                        self.slots.regions.append(Region(low, low + length, False))
            start = self.slots.room(trap.address, size)
        if start is None:
            self._map_slots(trap.address, tracee)
            start = self.slots.room(trap.address, size)
        if start is None:
            return 0
        slot = instructions.relocate(trap.displaced, start)
        if slot is None:
            return 0
        self.memory.write_raw(start, slot.code)
        self.slots.enter(trap.address, trap.code, start, slot)
        return start

    def _map_slots(self, address: int, tracee: Tracee) -> None:
        """Map pages for slots near `address`, unless a seccomp filter might object (KERNEL 19)."""
        status = procfs.status(self.pid, tracee.tid)
        if status is None or status.seccomp or tracee.kind != SAFE:
            return
        size = _SLOT_PAGES * _PAGE
        reach = (1 << 31) - size - (1 << 16)
        gaps = []
        low = 1 << 16
        for mapping in self.mappings():
            if mapping.start - low >= size:
                # As high as possible in a gap below the address, as low as possible above it.
                start = mapping.start - size if mapping.start <= address else low
                if abs(start - address) < reach:
                    gaps.append(start)
            low = max(low, mapping.end)
        gaps.sort(key=lambda start: abs(start - address))
        for start in gaps[:8]:
            result = injection.call(
                tracee,
                injection.MMAP,
                (start, size, _PROT_READ_EXECUTE, _MAP_PRIVATE_ANONYMOUS_NOREPLACE, -1, 0),
            )
            if result == start:
                self.slots.regions.append(Region(start, start + size, True))
                self._mapping_cache = (-1, [])
                return
            if result > 0:
                injection.call(tracee, injection.MUNMAP, (result, size))

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
        return tid in self.frozen

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

    def stride(self, tid: int, limit: int) -> tuple[int, bool]:
        """Step one thread up to `limit` times; how many are done, and whether another is under way."""
        return stride(self.thread(tid), limit)

    def call_system(self, tid: int, number: int, arguments: tuple[int, ...]) -> int:
        """Run a system call in a stopped thread; return its raw result.  All must be stopped."""
        return injection.call(self.thread(tid), number, arguments)

    def make_safe(self, tid: int) -> None:
        """Bring a stopped thread to a stop in which registers may be set (KERNEL 9)."""
        tracee = self.thread(tid)
        if tracee.kind != SAFE:
            self.tracer.to_safe_stop(tracee)

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
        # Sent again even if one is on its way: a SIGCONT may have discarded that one, and two are one.
        self.woken = tracee.cookie_sent = True
        if ptrace.queue_stop(tracee.process.pid, tracee.tid):
            return True
        tracee.cookie_sent = False
        return False

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
        self._mapping_cache = (-1, [])
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
        own = threading.get_native_id()
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
        self._close()

    def _close(self) -> None:
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
        self._reap()
        self.tracer.release_orphans()

    def reap_if_dead(self) -> None:
        """Take the end of a stopped process that has been killed or has left by exit_group, if it has.

        Its threads leave their stops within microseconds, but not all at once.
        """
        deadline = time.monotonic() + _PROMPT
        while self.alive and all(tracee.stopped for tracee in self.tracees.values()):
            if not any(tracee.answers() for tracee in self.tracees.values()):
                self._reap()
            elif time.monotonic() >= deadline:
                return

    def _reap(self) -> None:
        tracer = self.tracer
        self.tracees.update(self.dead)
        self.dead.clear()
        for tid in list(self.tracees):
            # Every tid must be reaped, or the leader's exit never comes (KERNEL 14).
            if tid != self.pid:
                self._reap_thread(tid)
        self._reap_thread(self.pid)
        for tid in list(self.tracees):
            tracer.waiter.tracees.pop(tid, None)
            del self.tracees[tid]
        if self.alive:
            self.ended()

    def _reap_thread(self, tid: int) -> None:
        tracer = self.tracer
        while (tracee := self.tracees.get(tid)) is not None:
            status = tracer.waiter.take(tid)
            if status is None:
                tracer.settle(tracee, _signal.SIGKILL)
                return
            reason = tracer.settle(tracee, status)
            if isinstance(reason, ForkReason):
                reason.child.let_go()
            if tracee.stopped:
                tracee.leave_stop()
                tracee.handle.cont()

    def detach(self) -> None:
        """Let the process go, whole: every byte, debug register and pc as the program left them.

        All threads that can be stopped are.  Signals that were kept back are delivered.
        """
        if not self.alive:
            return
        tracer = self.tracer
        if any(not tracee.stopped for tracee in self.tracees.values()):
            tracer.stop_all([self])
        self._leave_vfork()
        self._drain_cookies()
        for tracee in list(self.tracees.values()):
            tracer.take_waiting_trap(tracee)
        tracer.leave_slots(self)
        self._restore_memory()
        if self.debug_armed:
            self.debug = DebugRegisters()
            self.debug_armed = False
            for tracee in self.tracees.values():
                if tracee.stopped:
                    self.write_debug_registers(tracee)
        self.released = True
        dying = [tracee.tid for tracee in list(self.tracees.values()) if not self._detach_thread(tracee)]
        dying += self.dead
        for tid in (*self.tracees, *self.dead):
            tracer.waiter.tracees.pop(tid, None)
        self.tracees.clear()
        self.dead.clear()
        self._close()
        tracer.bury_dying(self.pid, dying)
        if self.launched:
            release(self.pid)

    def _leave_vfork(self) -> None:
        """Wait until no thread sits in the kernel for its vfork child: it could not be let go (KERNEL 7).

        Raises:
            UsageError: the child is debugged too, so it is not for us to let it run.
        """
        for tracee in [tracee for tracee in self.tracees.values() if tracee.in_vfork]:
            child = next((one for one in self.sharers if one.vfork_parent is tracee), None)
            if child is not None and not isinstance(child.judge, Unfollowed):
                raise UsageError(
                    f"thread {tracee.tid} waits in the kernel for its vfork child {child.pid}, which is "
                    "debugged too: detach or kill that one first"
                )
            self.tracer.await_vfork(tracee, child)

    def _restore_memory(self) -> None:
        if len(self.sharers) > 1:
            return  # the memory is still somebody else's
        for trap in list(self.traps.at.values()):
            self.disarm(trap.address)
        for region in self.slots.regions:
            if not region.mapped:
                try:
                    self.memory.write_raw(region.start, bytes(region.free - region.start))
                except (MemoryFault, InferiorExited):
                    continue
        mapped = [region for region in self.slots.regions if region.mapped]
        worker = next((t for t in self.tracees.values() if t.stopped and not t.reasons), None)
        if mapped and worker is not None:
            for region in mapped:
                try:
                    injection.call(worker, injection.MUNMAP, (region.start, region.end - region.start))
                except (UsageError, ThreadGone, PtraceError):
                    break  # an unused page stays; nothing can reach it
        self.slots.clear()

    def _drain_cookies(self) -> None:
        """Take back every SIGSTOP of ours, or the process would stay stopped (KERNEL 8 b)."""
        if not self.woken:
            return
        tracer = self.tracer
        for tracee in list(self.tracees.values()):
            while tracee.stopped:
                if tracee.kind != SAFE:
                    tracer.to_safe_stop(tracee)
                    continue
                status = procfs.status(self.pid, tracee.tid)
                if status is None or not status.pending >> (_signal.SIGSTOP - 1) & 1:
                    break
                pending, moved = tracee.signal, tracee.signal_moved
                tracee.settle_pc()
                tracee.leave_stop()
                tracee.handle.cont()
                seen = tracer.waiter.take(tracee.tid)
                if seen is None:
                    break
                reason = tracer.settle(tracee, seen)
                if tracee.stopped:
                    tracee.signal, tracee.signal_moved = pending, moved or pending is not None
                    if reason is not None:
                        tracee.reasons.append(reason)

    def _detach_thread(self, tracee: Tracee) -> bool:
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
                    self.resend(tracee, extra.number)
            elif tracee.interrupted:
                self.tracer.rewind_if_needed(tracee)
            if tracee.held is not None:
                ptrace.set_signal_mask(tracee.tid, tracee.held.mask)
            elif not tracee.mask_checked and (tracee.trapped or tracee.passed != NOWHERE):
                self.tracer.mend_mask(tracee)
        except ThreadGone:
            return False
        return ptrace.detach(tracee.tid, number)
