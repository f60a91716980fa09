"""System calls that end only because we stopped the thread: which, and how they are made again."""

from __future__ import annotations

from collections.abc import Sequence

from trapline.arch.x86_64 import ORIG_RAX, RAX
from trapline.backend.native.tracee import SAFE, Tracee

_MINUS_EINTR = (1 << 64) - 4
_RESTARTS = tuple((1 << 64) - code for code in (512, 513, 514, 516))  # ERESTARTSYS and its kin
_NEVER_RESTARTED = (232, 281, 441, 65, 220, 70, 69, 128, 208)
"""epoll_wait epoll_pwait epoll_pwait2 semop semtimedop msgrcv msgsnd rt_sigtimedwait io_getevents:
the kernel ends them with EINTR for a mere ptrace stop.  Source: signal(7); KERNEL 18."""


def will_restart(words: Sequence[int]) -> bool:
    """Return whether the kernel makes the call again when the thread goes on, by its registers."""
    return words[RAX] in _RESTARTS


def rewind_if_needed(tracee: Tracee) -> None:
    """Restart a call that ended with EINTR only because we stopped the thread (KERNEL 18)."""
    words = tracee.words
    if (
        words[RAX] == _MINUS_EINTR
        and words[ORIG_RAX] in _NEVER_RESTARTED
        and tracee.signal is None
        and tracee.kind == SAFE
    ):
        tracee.rewind()


def is_cut_short(tracee: Tracee) -> bool:
    """Whether a stepped system call only ended because the thread was woken: it is to be made again.

    The kernel reports the step before the signal that ended the call.
    """
    words = tracee.words
    if words[ORIG_RAX] >> 63:
        return False
    woken = tracee.cookie_sent or tracee.interrupt_sent
    return will_restart(words) or (
        woken and words[RAX] == _MINUS_EINTR and words[ORIG_RAX] in _NEVER_RESTARTED
    )
