"""Children that nobody follows."""

from __future__ import annotations

from trapline.backend.native.tracee import Tracee
from trapline.backend.reasons import ExecReason, ForkReason, Siginfo, StopReason
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.backend.process import Concerns, LiveThread


class Unfollowed:
    """Judges a child that nobody follows but that shares our traps until it execs or exits (KERNEL 7)."""

    __slots__ = ("filters",)

    def __init__(self) -> None:
        self.filters: dict[int, Concerns] = {}

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
