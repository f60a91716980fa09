"""Which thread runs, without `threading`: a program of one thread need not pay its 0.2 MB.

Source: Python's `_thread`, of which `threading` is made.
"""

from __future__ import annotations

import os

from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threading import (
        Lock as Lock,
        RLock as RLock,
        get_ident as get_ident,
        get_native_id as get_native_id,
        local as local,
    )
else:
    import _thread

    Lock, RLock, local = _thread.allocate_lock, _thread.RLock, _thread._local
    get_ident, get_native_id = _thread.get_ident, _thread.get_native_id

fork_hooks = Lock()
"""Held while we fork, and while a module is imported that has something done at every fork.

Such a module (`logging`, which `concurrent.futures` needs) gives back behind a fork what it took before it.
Imported by another thread in the midst of one it would only give back, and Python writes a traceback.
"""


class _Main:
    """The ident of the thread whose Python handlers run, once it has asked; 0 before."""

    ident = 0

    @classmethod
    def forget(cls) -> None:
        """Have a child ask afresh: its main thread is the one that has forked."""
        cls.ident = 0


def _begin_anew() -> None:
    """Be whole in a child: it has one thread, which may not be the one that held the lock."""
    _Main.forget()
    if fork_hooks.locked():
        fork_hooks.release()


os.register_at_fork(after_in_child=_begin_anew)


def is_main() -> bool:
    """Whether this is the thread whose Python handlers run: the kernel numbers it as the process.

    The kernel is asked once: every resume asks us.
    """
    if _Main.ident:
        return get_ident() == _Main.ident
    if get_native_id() != os.getpid():
        return False
    _Main.ident = get_ident()
    return True


def name_of(ident: int) -> str:
    """Return the name of a thread of this process, for a message."""
    import threading

    return next((one.name for one in threading.enumerate() if one.ident == ident), str(ident))
