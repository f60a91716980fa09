"""One thread under ptrace: its registers, and what the tracer must remember of it between two stops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from trapline.arch.x86_64 import EFLAGS, ORIG_RAX, RAX, RIP
from trapline.backend.native import ptrace
from trapline.backend.reasons import Siginfo, StopReason
from trapline.base.errors import DebuggerError, NotStopped, PtraceError, ThreadGone, WrongThreadError
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.arch.xsave import Layout
    from trapline.backend.native.process import NativeProcess

NOWHERE = -1
"""No address: `passed` and `restart_at` when they mean nothing."""

# How a thread was resumed last, so that its next SIGTRAP can be told.
RUN, STEP, HOLD, INLINE = 0, 1, 2, 3

# What kind of stop it is in: KERNEL 9 allows new registers only in the first.
SAFE, EVENT, ENTRY = 0, 1, 2

RESUME_FLAG = 1 << 16
"""RF in eflags, which the kernel sets when a debug register has stopped an instruction.

Source: Intel SDM 3 §17.3.1.1."""
_SIGTRAP = 5
_SYNCHRONOUS = (4, 5, 7, 8, 11, 31)  # SIGILL SIGTRAP SIGBUS SIGFPE SIGSEGV SIGSYS: never to be blocked
_SIGKILL, _SIGSTOP = 9, 19
HOLD_MASK = ((1 << 64) - 1) & ~sum(1 << (number - 1) for number in (*_SYNCHRONOUS, _SIGKILL, _SIGSTOP))
"""The signal mask under which one instruction is stepped for which others wait."""

_NO_SYSCALL = (1 << 64) - 1
_MINUS_EINTR = (1 << 64) - 4


@cache
def _layout() -> Layout | None:
    from trapline.arch.xsave import AVX, MASK, ZMM_16, ZMM_HIGH, layout_from_cpuid

    leaves = {}
    for component in (AVX, MASK, ZMM_HIGH, ZMM_16):
        found = ptrace.cpuid(0xD, component)
        if found is None:
            return None
        leaves[component] = found[0], found[1]
    return layout_from_cpuid(leaves)


class Held(NamedTuple):
    """A signal that found the thread inside a slot, before the displaced instruction had run (KERNEL 1).

    `mask` is the thread's signal mask to put back; `judged` says that the policy has already let the
    signal pass.
    """

    signal: Siginfo
    mask: int
    judged: bool


class Tracee:
    """A traced thread; `number` counts those of its process from 1, in order of birth.

    Invariants, all about the kernel's view:
      stopped         in a ptrace stop whose status has been taken; only then any request works
      fresh           `words` hold the registers of this stop
      pc_behind       `words` show the breakpoint's address while the kernel still has address + 1
      passed          the trap at this address is not hit when the thread goes on from it (KERNEL 25)
      restart_at      a displaced system call that the kernel may restart: its next hit is the same one
      mode            how it was resumed last (RUN, STEP, HOLD, INLINE)
      kind            what kind of stop it is in (SAFE, EVENT, ENTRY)
      signal          what the next resume delivers
      signal_moved    another stop has come since that signal's, so its siginfo must be set again
      reasons         events that came while everything was being stopped, to be judged on resume
      held            see `Held`
      group_stop      the stop signal whose group-stop it is in, else 0: LISTEN, not CONT (KERNEL 34)
      listening       resumed by LISTEN: nothing is reported until SIGCONT or INTERRUPT
      in_vfork        sits in the kernel until its vfork child execs or exits; answers nothing (KERNEL 7)
      interrupt_sent  an INTERRUPT was sent since it last went on
      cookie_sent     a SIGSTOP of ours may still be reported: swallow it (KERNEL 8)
      parked          its hit came while another thread's callback ran a nested resume
      trapped         the processor raised this stop, which may have unblocked SIGTRAP (KERNEL 17)
      mask_checked    a trap was seen not to have done that
      newborn         its first stop has not come yet
      stepping        single-stepped until a step is done or a stop is reported
      pushes_flags    the instruction that is stepped is a pushf, which would push our trap flag
      interrupted     its stop is of our making: a system call may have ended with EINTR for it
      rewound         pc to which such a call was rewound, until the next event
    """

    __slots__ = (
        "_words",
        "cookie_sent",
        "fresh",
        "group_stop",
        "handle",
        "held",
        "in_vfork",
        "interrupt_sent",
        "interrupted",
        "kind",
        "listening",
        "mask_checked",
        "mode",
        "newborn",
        "number",
        "parked",
        "passed",
        "pc_behind",
        "process",
        "pushes_flags",
        "reasons",
        "restart_at",
        "rewound",
        "signal",
        "signal_moved",
        "stepping",
        "stopped",
        "syscall_entry",
        "tid",
        "trapped",
    )

    def __init__(self, process: NativeProcess, tid: int) -> None:
        self.process = process
        self.tid = tid
        process.births += 1
        self.number = process.births
        self.handle = ptrace.Handle(tid)
        self._words = self.handle.words
        self.stopped = False
        self.fresh = False
        self.pc_behind = False
        self.passed = NOWHERE
        self.restart_at = NOWHERE
        self.mode = RUN
        self.kind = SAFE
        self.signal: Siginfo | None = None
        self.signal_moved = False
        self.reasons: list[StopReason] = []
        self.held: Held | None = None
        self.group_stop = 0
        self.listening = False
        self.in_vfork = False
        self.interrupt_sent = False
        self.cookie_sent = False
        self.parked = False
        self.newborn = False
        self.mask_checked = False
        self.trapped = False
        self.syscall_entry = False
        self.stepping = False
        self.pushes_flags = False
        self.interrupted = False
        self.rewound = NOWHERE

    def __repr__(self) -> str:
        state = "in vfork" if self.in_vfork else "stopped" if self.stopped else "running"
        return f"<Tracee {self.tid} of {self.process.pid}, {state}>"

    @property
    def words(self) -> Sequence[int]:
        """The 27 words of struct user_regs_struct at this stop.

        Raises:
            NotStopped: the thread is running, or waits in the kernel for its vfork child.
            ThreadGone: it ended.
        """
        if not self.fresh:
            self.fetch()
        return self._words

    def fetch(self) -> None:
        """Read the registers from the kernel if this stop's are not here yet."""
        if self.fresh:
            return
        if not self.stopped:
            if self.in_vfork:
                raise NotStopped(f"thread {self.tid} waits in the kernel for its vfork child")
            raise NotStopped(f"thread {self.tid} is running; interrupt() stops it")
        if not self.handle.get_words():
            raise self._gone()
        self.fresh = True

    def _gone(self) -> DebuggerError:
        """Return why the kernel knows no such tracee."""
        if not self.process.tracer.is_here():
            return WrongThreadError(
                f"thread {self.tid} is traced by another thread of ours; call from the one that made the "
                "inferior"
            )
        return ThreadGone(self.tid)

    def answers(self) -> bool:
        """Whether the thread is still in its stop; SIGKILL ends one without a word."""
        try:
            ptrace.get_signal_mask(self.tid)
        except ThreadGone:
            return False
        return True

    @property
    def pc(self) -> int:
        """The program counter."""
        self.fetch()
        return self._words[RIP]

    @property
    def at_syscall_entry(self) -> bool:
        """Whether it is stopped where a system call is about to be made."""
        return self.stopped and self.kind == ENTRY

    def write_word(self, index: int, value: int) -> None:
        """Write one of the 27 words at once.

        A new pc is a jump: the trap there will be hit, and a system call that the kernel would restart
        is given up, because the restart would move the pc back by two (KERNEL 10, 25).
        """
        self.fetch()
        self._words[index] = value
        if index == RIP:
            self.passed = NOWHERE
            self.restart_at = NOWHERE
            self._words[EFLAGS] &= ~RESUME_FLAG
            if self._words[ORIG_RAX] >> 63 == 0 and self.kind == SAFE:
                self._words[ORIG_RAX] = _NO_SYSCALL
        self.flush()

    def flush(self) -> None:
        """Write `words` to the kernel."""
        if not self.handle.set_words():
            if not self.stopped or not self.process.tracer.is_here():
                raise self._gone()
            # A selector or a base that cannot be; the pc and all before it in the order are written.
            self.fresh = self.pc_behind = False
            self.fetch()
            raise PtraceError(f"thread {self.tid} refused these register values")
        self.pc_behind = False

    def set_pc(self, pc: int) -> None:
        """Move the pc alone, as part of running displaced code: not a jump of the user's."""
        self._words[RIP] = pc
        self.pc_behind = False
        if not self.handle.poke_pc(pc):
            raise ThreadGone(self.tid)

    def pass_debug_register(self) -> None:
        """Do not let a debug register stop the next instruction before it runs (KERNEL 25)."""
        self.fetch()
        self._words[EFLAGS] |= RESUME_FLAG
        self.flush()

    def write_words(self, changed: Mapping[int, int]) -> None:
        """Write several of the 27 words at once, as part of what we do: no jump of the user's."""
        self.fetch()
        for index, value in changed.items():
            self._words[index] = value
        self.flush()

    def settle_pc(self) -> None:
        """Make the kernel's pc what `words` show."""
        if self.pc_behind:
            self.set_pc(self._words[RIP])

    def read_xsave(self) -> bytearray:
        """Return the XSAVE area of a stopped thread."""
        return ptrace.get_xsave(self.tid)

    def write_xsave(self, area: bytearray) -> None:
        """Write the XSAVE area of a stopped thread."""
        ptrace.set_xsave(self.tid, area)

    @property
    def xsave_layout(self) -> Layout | None:
        """Where the components are on this processor, by CPUID; None: by the known tables."""
        return _layout()

    @property
    def pending_signal(self) -> Siginfo | None:
        """The signal that the next resume delivers."""
        return self.signal

    def replace_signal(self, number: int) -> None:
        """Deliver another signal on resume; 0 drops the pending one."""
        if number == 0:
            self.signal = None
        elif self.signal is None or self.signal.number != number:
            raw = bytearray(128)
            raw[0:4] = number.to_bytes(4, "little")
            self.signal = Siginfo(number, 0, bytes(raw))
            self.signal_moved = True

    def siginfo(self) -> Siginfo | None:
        """Return the siginfo of this stop; None in a group-stop or when the thread is gone."""
        code = self.handle.signal_code()
        if code is None:
            return None
        raw = self.handle.siginfo_bytes()
        return Siginfo(int.from_bytes(raw[:4], "little"), code, raw)

    def rewind(self) -> None:
        """Make the system call that ended with EINTR run again (KERNEL 18)."""
        self._words[RAX] = self._words[ORIG_RAX]
        self._words[RIP] -= 2
        self.flush()
        self.rewound = self._words[RIP]

    def undo_rewind(self) -> None:
        """A signal came after all: let the call end with EINTR as it would have."""
        at, self.rewound = self.rewound, NOWHERE
        self.fetch()
        if self._words[RIP] == at:
            self._words[RAX] = _MINUS_EINTR
            self._words[RIP] += 2
            self.flush()

    def mend_mask(self) -> None:
        """Block SIGTRAP again where a trap made the kernel unblock it.

        A thread that blocks everything has both neighbours of SIGTRAP blocked; when only SIGTRAP is
        missing after a trap, force_sig() took it out (KERNEL 17).
        """
        mask = ptrace.get_signal_mask(self.tid)
        neighbours = mask >> (_SIGTRAP - 2) & 0b111
        # 0b111: it was stepped under a mask of ours, and the next trap will take it out.
        self.mask_checked = neighbours not in (0b101, 0b111)
        if neighbours == 0b101:
            ptrace.set_signal_mask(self.tid, mask | 1 << (_SIGTRAP - 1))

    def hold_signals(self) -> int:
        """Have those signals wait that can; return what `release_signals` takes.  It must be stopped."""
        mask = ptrace.get_signal_mask(self.tid)
        ptrace.set_signal_mask(self.tid, HOLD_MASK)
        return mask

    def release_signals(self, held: int) -> None:
        """Let them come again, when it has stopped again."""
        if self.stopped:
            ptrace.set_signal_mask(self.tid, held)

    def leave_stop(self) -> None:
        """Note that the thread is about to run.

        An INTERRUPT that it was sent may have been used up by another stop: whoever needs the thread
        stopped sends a new one, and a stop that comes for the old one goes unheard.
        """
        self.stopped = False
        self.interrupt_sent = False
        self.fresh = False
        self.pc_behind = False
        self.parked = False
        self.trapped = False
        self.kind = SAFE
