"""Ends that we can see: of a thread, of the interpreter, by SIGTERM or SIGHUP.

On each of them what was launched is killed and what was attached to is let go whole.  After SIGKILL
nobody can promise that: a launched process dies with us, an attached one at its next trap (KERNEL 5, 13).
"""

from __future__ import annotations

import os

from trapline.base import threads
from trapline.base.errors import DebuggerError
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.control.target import Target

_living: dict[int, tuple[bool, Target]] = {}
"""Launched and target of every inferior that has not been ended; never the handle itself, which
its user may drop."""
_threads = threads.local()
_deadly: list[int] = []
"""The signal that ends us, once it has come."""


class _ThreadEnd:
    """Ends the inferiors of a thread before the thread does: the kernel would let go of them."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.ident = threads.get_ident()

    def __del__(self) -> None:
        # At the interpreter's end the modules may be empty already; atexit has done it then.
        if _living and self.pid == os.getpid() and self.ident == threads.get_ident():
            _end_all()


def keep(target: Target, launched: bool) -> None:
    """Remember an inferior until `forget`."""
    if not _living:
        import atexit

        atexit.unregister(_end_all)
        atexit.register(_end_all)
    _living[id(target)] = launched, target
    if not hasattr(_threads, "end"):
        _threads.end = _ThreadEnd()


def forget(target: Target) -> None:
    """It has ended."""
    _living.pop(id(target), None)


def end(target: Target, launched: bool) -> None:
    """Kill what was launched, let go of what was attached to; nothing for a dead one."""
    if not target.process.alive:
        return
    if launched:
        target.process.kill()
        target.note_end()
    else:
        target.remove_all()
        target.process.detach()
        target.detached = True
        target.nobody_left()


def _end_all() -> None:
    for key, (launched, target) in list(_living.items()):
        if target.owner.is_here():
            del _living[key]
            try:
                end(target, launched)
            except (OSError, DebuggerError):
                continue  # the interpreter ends: nobody is left to tell


def end_on_signals() -> None:
    """Make SIGTERM and SIGHUP end us by way of `finally` and atexit.

    Only where they would kill us at once otherwise: a handler of the user's stays.
    """
    import signal

    if not threads.is_main():
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end_by_signal)


def _end_by_signal(number: int, frame: object) -> None:
    import atexit

    if not _deadly:
        _deadly.append(number)
        # Last registered runs first: let go of everything, then die.
        atexit.unregister(_end_all)
        atexit.register(_die)
        atexit.register(_end_all)
    raise SystemExit(128 + number)


def _die() -> None:
    """End as the signal would have ended us, for whoever waits."""
    import signal

    signal.signal(_deadly[0], signal.SIG_DFL)
    os.kill(os.getpid(), _deadly[0])
