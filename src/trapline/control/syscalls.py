"""Changing system calls on their way into the kernel and back."""

from __future__ import annotations

from trapline.arch.x86_64 import ORIG_RAX, R8, R9, R10, RAX, RDI, RDX, RSI
from trapline.base.errors import StaleError, UsageError
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.backend.process import LiveThread
    from trapline.backend.reasons import SyscallInfo
    from trapline.control.events import SyscallEntry, SyscallReturn
    from trapline.control.target import Target

_ARGUMENTS = (RDI, RSI, RDX, R10, R8, R9)
_NONE = (1 << 64) - 1
_MASK = (1 << 64) - 1


class SyscallEditor:
    """What was changed of the calls that threads are in now.

    `_asked` maps a tid to the number that its entry stop showed (the kernel forgets it when the call is
    skipped), `_made` to that of the call made instead, `_skipped` to the result that its program is to
    see.
    """

    __slots__ = ("_asked", "_made", "_skipped", "_target")

    def __init__(self, target: Target) -> None:
        self._target = target
        self._asked: dict[int, int] = {}
        self._made: dict[int, int] = {}
        self._skipped: dict[int, int] = {}

    def numbers_at(self, thread: LiveThread, info: SyscallInfo) -> tuple[int, int]:
        """Return the number of the call that a stop is about, and of the one that the program asked for."""
        if info.entry:
            self._asked[thread.tid] = info.number
            return info.number, info.number
        asked = self._asked.pop(thread.tid, info.number)
        return self._made.pop(thread.tid, asked), asked

    def finish(self, thread: LiveThread, result: int) -> int:
        """Return the result at a return stop, put in place where the call was skipped."""
        skipped = self._skipped.pop(thread.tid, None)
        if skipped is None:
            return result
        thread.write_word(RAX, skipped & _MASK)
        return skipped

    def _live(self, stop: SyscallEntry | SyscallReturn) -> LiveThread:
        thread = stop.thread
        if thread is None or not self._target.is_now(stop._epoch):
            raise StaleError("the inferior went on: this system call can no longer be changed")
        return thread.live

    def replace_entry(
        self, stop: SyscallEntry, name: str | int | None, arguments: tuple[int, ...] | None
    ) -> None:
        """Make another call, or this one with other arguments."""
        from trapline.arch import syscalls

        live = self._live(stop)
        if arguments is not None:
            values = [syscalls.argument(value) & _MASK for value in arguments]
            if len(values) > 6:
                raise UsageError("a system call takes at most six arguments")
            for index, value in zip(_ARGUMENTS, values, strict=False):
                live.write_word(index, value)
        if name is not None:
            number = syscalls.number_of(name)
            live.write_word(ORIG_RAX, number)
            self._made[live.tid] = number

    def skip(self, stop: SyscallEntry, result: int) -> None:
        """Do not make the call; the program sees `result`."""
        live = self._live(stop)
        live.write_word(ORIG_RAX, _NONE)
        self._skipped[live.tid] = result

    def replace_result(self, stop: SyscallReturn, result: int) -> None:
        """Let the program see another result."""
        self._live(stop).write_word(RAX, result & _MASK)
