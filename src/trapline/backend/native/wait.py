"""The only waitpid: one waiter a thread, shared by every inferior of that thread.

`waitpid(-1, __WCLONE | __WNOTHREAD)` sees every task on this thread's ptrace list, exits included, and
nothing else: for children that are not traced, __WCLONE without __WALL admits only those whose exit
signal is not SIGCHLD, and neither `subprocess` nor `multiprocessing` makes such.  So no status of a
process that is not ours is ever consumed, without looking at /proc and without polling (ADR 0001).

Source: wait(2); `eligible_child()` in the kernel's kernel/exit.c; KERNEL 2, 3, 12.
"""

from __future__ import annotations

import os
import time
from collections import deque
from typing import Generic, TypeVar

WALL = 0x40000000
# os.waitpid takes a C int, so the sign bit of __WCLONE has to be given as one.
WCLONE = -0x80000000
WNOTHREAD = 0x20000000
_TRACEES = (WCLONE | WNOTHREAD,)
_TRACEES_NOW = (WCLONE | WNOTHREAD | os.WNOHANG,)
_ANY = (-1,)
_WALL_NOW = (WALL | os.WNOHANG,)

Owner = TypeVar("Owner")


class Waiter(Generic[Owner]):
    """Takes wait statuses off the kernel and keeps them until they are served.

    `tracees` maps every traced tid of this thread to its owner; `queue` holds (tid, status) in the
    order in which they came.  A status is moved into the queue inside one C call (`extend` over
    `map`), so that an exception from a signal handler can come before or after but not between
    (KERNEL 3: 102 of 311 were lost that way).
    """

    __slots__ = ("_alone", "_crowd", "_recent", "queue", "tracees")

    def __init__(self) -> None:
        self.tracees: dict[int, Owner] = {}
        self.queue: deque[tuple[int, int]] = deque()
        self._alone = 0
        self._crowd = False
        self._recent: deque[int] = deque(maxlen=4)

    def collect(self) -> bool:
        """Wait until at least one status is in the queue; False when no tracee is left.

        One status is taken blocking; when more than one was ready, the rest are taken too before any
        is served, because the first in the kernel's list would otherwise win every time (KERNEL 12).
        The wait never names a tid: one that SIGKILL found in a clone has a child that was announced to
        nobody, and its own exit comes only when that child has been reaped.
        """
        queue = self.queue
        tracees = self.tracees
        try:
            if len(tracees) > 500 and self._poll_recent():
                return True
            queue.extend(map(os.waitpid, _ANY, _TRACEES))
        except ChildProcessError:
            return False
        if len(tracees) == 1:
            return True
        # Eight events in a row may come one by one; then look whether others starve.
        self._alone += 1
        if self._crowd or self._alone >= 8:
            self._alone = 0
            before = len(queue)
            self.drain()
            self._crowd = len(queue) > before
        if len(tracees) > 500:
            self._recent.extend(tid for tid, _ in queue)
        return True

    def _poll_recent(self) -> bool:
        # A wait for any of thousands walks the kernel's list (58 µs at 2,000): ask the threads that
        # hit lately first, for about as long as that walk would take.
        if self._alone >= 64:
            self._alone = 0
            return False
        queue = self.queue
        for _ in range(40):
            for tid in self._recent:
                try:
                    queue.extend(map(os.waitpid, (tid,), _WALL_NOW))
                except ChildProcessError:
                    self._recent.clear()
                    return False
                if queue and queue[-1][0] == 0:
                    queue.pop()
                elif queue:
                    self._alone += 1
                    return True
        return False

    def drain(self) -> None:
        """Take every status that is ready now, without waiting."""
        queue = self.queue
        try:
            while True:
                queue.extend(map(os.waitpid, _ANY, _TRACEES_NOW))
                if queue[-1][0] == 0:
                    queue.pop()
                    return
        except ChildProcessError:
            return

    def poll(self, deadline: float) -> bool:
        """Take what is ready, waiting at most until `deadline` (time.monotonic); False at the deadline."""
        pause = 0.0
        while True:
            self.drain()
            if self.queue:
                return True
            if time.monotonic() >= deadline:
                return False
            # The first looks cost less than a sleep; a thread in state D may take long.
            time.sleep(pause)
            pause = min(pause + 0.00002, 0.002)

    def take(self, tid: int) -> int | None:
        """Wait for a status of this tid and return it; None when the tid is gone.

        What others report meanwhile is queued: a leader's exit comes only when every other thread of
        its process has been reaped (KERNEL 14), so a wait for the leader alone might never end.
        """
        queue = self.queue
        for index, (queued, status) in enumerate(queue):
            if queued == tid:
                del queue[index]
                return status
        try:
            while True:
                queue.extend(map(os.waitpid, (tid,), _WALL_NOW))
                if queue[-1][0] == tid:
                    return queue.pop()[1]
                queue.pop()
                queue.extend(map(os.waitpid, _ANY, _TRACEES))
                if queue[-1][0] == tid:
                    return queue.pop()[1]
        except ChildProcessError:
            return None


def exit_of_child(pid: int) -> int | None:
    """Return the wait status of a dead child of ours and leave it for its owner; None while it lives.

    Source: waitid(2), WNOWAIT; KERNEL 2: an attached process may be somebody's Popen.
    """
    try:
        seen = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    if seen is None:
        return None
    if seen.si_code == os.CLD_EXITED:
        return seen.si_status << 8
    return seen.si_status | (0x80 if seen.si_code == os.CLD_DUMPED else 0)
