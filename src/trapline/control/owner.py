"""Whose an inferior is: the one thread of one process that ptrace answers (KERNEL 13)."""

from __future__ import annotations

import os

from trapline.base import threads
from trapline.base.errors import WrongThreadError


class Owner:
    """The thread that launched or attached, in the process in which it did."""

    __slots__ = ("ident", "pid")

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.ident = threads.get_ident()

    def is_here(self) -> bool:
        """Whether the caller is it."""
        return self.ident == threads.get_ident() and self.pid == os.getpid()

    def check(self) -> None:
        """Raise unless the caller is it.

        Raises:
            WrongThreadError: another thread, or a Python that was forked from the owner.
        """
        if self.ident == threads.get_ident() and self.pid == os.getpid():
            return
        self.check_process()
        raise WrongThreadError(
            f"this inferior belongs to thread {threads.name_of(self.ident)!r}, "
            f"and {threads.name_of(threads.get_ident())!r} called; "
            "only interrupt(), submit() and send_signal() may be called from other threads"
        )

    def check_process(self) -> None:
        """Raise in a Python that was forked from the owner's.

        Raises:
            WrongThreadError: the kernel's tracer is another process.
        """
        if self.pid != os.getpid():
            raise WrongThreadError(
                f"this inferior belongs to process {self.pid}; this is process {os.getpid()}, forked from it"
            )
