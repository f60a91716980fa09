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


def is_main() -> bool:
    """Whether this is the thread whose Python handlers run: the kernel numbers it as the process."""
    return get_native_id() == os.getpid()


def name_of(ident: int) -> str:
    """Return the name of a thread of this process, for a message."""
    import threading

    return next((one.name for one in threading.enumerate() if one.ident == ident), str(ident))
