"""What the kernel says of a process's signals, where the debugger itself need not know.

Source: proc_pid_status(5).
"""

from __future__ import annotations

import os
from signal import Signals


def status(pid: int, tid: int) -> dict[bytes, bytes]:
    """Return the fields of a thread's status.

    Raises:
        OSError: the thread is gone.
    """
    with open(f"/proc/{pid}/task/{tid}/status", "rb") as file:
        return dict(line.split(b":", 1) for line in file if b":" in line)


def is_pending(fields: dict[bytes, bytes], number: Signals) -> bool:
    """Whether a signal to the thread, or to its process, has not been taken yet."""
    return bool((int(fields[b"SigPnd"], 16) | int(fields[b"ShdPnd"], 16)) >> number - 1 & 1)


def is_held_back(pid: int, number: Signals) -> bool:
    """Whether every thread of a process blocks a signal."""
    try:
        for tid in os.listdir(f"/proc/{pid}/task"):
            if not int(status(pid, int(tid))[b"SigBlk"], 16) >> number - 1 & 1:
                return False
    except OSError:
        return False  # a thread has ended meanwhile
    return True
