"""What a process reports through the seam: why a thread stopped, in the backend's words.

A stop has a name in each layer: the kernel's wait status becomes a `StopReason` here and a `Stop` in
`control`.
"""

from __future__ import annotations

from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from trapline.backend.process import LiveProcess, LiveThread


class Siginfo(NamedTuple):
    """One signal: its number, si_code, and the raw 128 bytes.  Source: sigaction(2)."""

    number: int
    code: int
    raw: bytes

    @property
    def sender(self) -> int:
        """si_pid: who sent it, where `code` is 0 or negative."""
        return int.from_bytes(self.raw[16:20], "little")

    @property
    def is_fault(self) -> bool:
        """Whether the instruction at the pc raised it: SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV or SIGSYS."""
        return self.number in (4, 5, 7, 8, 11, 31) and self.code > 0

    @property
    def address(self) -> int | None:
        """si_addr of a SIGSEGV, SIGBUS, SIGILL, SIGFPE or SIGTRAP that the kernel raised, else None."""
        if self.number in (4, 5, 7, 8, 11) and self.code > 0 and self.code != 128:
            return int.from_bytes(self.raw[16:24], "little")
        return None


class SyscallInfo(NamedTuple):
    """A system-call stop: `entry` with number and arguments, or exit with `result` (`-errno` on failure)."""

    entry: bool
    number: int
    arguments: tuple[int, ...]
    result: int


class TrapReason(NamedTuple):
    """A trap of ours met while everything was being stopped or stepped; `Judge.trap` decides."""

    thread: LiveThread
    address: int


class SignalReason(NamedTuple):
    """A signal before its delivery, and not held back by the policy."""

    thread: LiveThread
    signal: Siginfo


class StepReason(NamedTuple):
    """The instruction that was to be stepped has run."""

    thread: LiveThread


class HardwareReason(NamedTuple):
    """Debug registers fired; bit N of `slots` is debug register N.  Source: Intel SDM 3 §17.2.3, DR6."""

    thread: LiveThread
    slots: int


class SyscallReason(NamedTuple):
    """A thread enters or leaves a system call."""

    thread: LiveThread
    info: SyscallInfo


class ForkReason(NamedTuple):
    """A new process: `kind` is "fork", "vfork" or "clone"."""

    thread: LiveThread
    kind: str
    child: LiveProcess


class ExecReason(NamedTuple):
    """The process runs another program now; all threads but this one are gone."""

    thread: LiveThread


class ThreadStartReason(NamedTuple):
    """A new thread, before its first instruction."""

    thread: LiveThread


class ThreadExitReason(NamedTuple):
    """A thread has ended; the process goes on."""

    thread: LiveThread


UNKNOWN_STATUS = -1
"""What `ExitReason` says where somebody else's wait has taken the status."""


class ExitReason(NamedTuple):
    """The process has ended; `status` is wait(2)'s."""

    process: LiveProcess
    status: int


StopReason: TypeAlias = (
    TrapReason
    | SignalReason
    | StepReason
    | HardwareReason
    | SyscallReason
    | ForkReason
    | ExecReason
    | ThreadStartReason
    | ThreadExitReason
    | ExitReason
)


class Served(NamedTuple):
    """Why `LiveProcess.serve` returned.

    `stopped` lists processes whose judge asked for a stop (they are stopped); `woken` is true when
    somebody asked by `wake()`, and nothing was stopped for that.
    """

    stopped: tuple[LiveProcess, ...]
    woken: bool
