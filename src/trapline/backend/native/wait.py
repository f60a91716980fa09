"""The only waitpid: one waiter a thread, shared by every inferior of that thread.

`waitpid(-1, __WCLONE | __WNOTHREAD)` sees every task on this thread's ptrace list, exits included, and
nothing else: for children that are not traced, __WCLONE without __WALL admits only those whose exit
signal is not SIGCHLD, and neither `subprocess` nor `multiprocessing` makes such.  So no status of a
process that is not ours is ever consumed, without looking at /proc and without polling (ADR 0001).

A *guest* is an attached process that is a natural child of ours, that is somebody's `Popen`.  While a
thread has one, every wait looks before it takes, so that the guest's exit status stays for its owner.

Source: wait(2); `eligible_child()` in the kernel's kernel/exit.c; KERNEL 2, 3, 12.
"""

from __future__ import annotations

import os
import time
from collections import deque

from trapline.base.typing import Generic, TypeVar

WALL = 0x40000000
# os.waitpid takes a C int, so the sign bit of __WCLONE has to be given as one.
WCLONE = -0x80000000
WNOTHREAD = 0x20000000
_TRACEES = (WCLONE | WNOTHREAD,)
_TRACEES_NOW = (WCLONE | WNOTHREAD | os.WNOHANG,)
_ANY = (-1,)
_LOOK = os.WEXITED | os.WSTOPPED | os.WNOWAIT
_WALL_NOW = (WALL | os.WNOHANG,)

Owner = TypeVar("Owner")


class Waiter(Generic[Owner]):
    """Takes wait statuses off the kernel and keeps them until they are served.

    `tracees` maps every traced tid of this thread to its owner; `queue` holds (tid, status) in the
    order in which they came.  A status is moved into the queue inside one C call (`extend` over
    `map`), so that an exception from a signal handler can come before or after but not between
    (KERNEL 3: 102 of 311 were lost that way).  `guests` are the pids whose exit is not ours to take.
    """

    __slots__ = ("_alone", "_crowd", "_dead_guests", "_recent", "guests", "queue", "tracees")

    def __init__(self) -> None:
        self.tracees: dict[int, Owner] = {}
        self.queue: deque[tuple[int, int]] = deque()
        self._alone = 0
        self._crowd = False
        self._recent: deque[int] = deque(maxlen=4)
        self.guests: set[int] = set()
        self._dead_guests: set[int] = set()

    def collect(self) -> bool:
        """Wait until at least one status is in the queue; False when no tracee is left.

        One status is taken blocking; when more than one was ready, the rest are taken too before any
        is served, because the first in the kernel's list would otherwise win every time (KERNEL 12).
        The wait never names a tid: one that SIGKILL found in a clone has a child that was announced to
        nobody, and its own exit comes only when that child has been reaped.
        """
        queue = self.queue
        tracees = self.tracees
        if self.guests or self._dead_guests:
            return self._collect_beside_guests()
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
        if self.guests or self._dead_guests:
            try:
                while self._look_beside_guests(os.WNOHANG):
                    pass
            except ChildProcessError:
                pass
            return
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

    def take_soon(self, tid: int, deadline: float) -> int | None:
        """Return the next status of this tid; None when none has come by `deadline` (time.monotonic)."""
        queue = self.queue
        while True:
            for index, (queued, status) in enumerate(queue):
                if queued == tid:
                    del queue[index]
                    return status
            if time.monotonic() >= deadline:
                return None
            self.drain()

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
        if self.guests or self._dead_guests:
            return self._take_beside_guests(tid)
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

    def take_exit(self, tid: int) -> None:
        """Queue the exit of a tid, if it has one; from another thread of ours while the tracer's is stuck."""
        if tid in self.guests:
            return
        try:
            seen = os.waitid(os.P_PID, tid, os.WEXITED | os.WNOHANG | os.WNOWAIT | WALL)
            if _exit_status(seen) is not None:
                self.queue.extend(map(os.waitpid, (tid,), _WALL_NOW))
        except ChildProcessError:
            return

    def discard(self, tid: int) -> int | None:
        """Take a status of a tid that nobody serves any more; 0 when there is none, None when it is gone."""
        if tid in self.guests:
            return None
        try:
            return os.waitpid(tid, WALL | os.WNOHANG)[1]
        except ChildProcessError:
            return None

    # -- beside guests ---------------------------------------------------------------------------

    def _collect_beside_guests(self) -> bool:
        try:
            self._wait_beside_guests()
        except ChildProcessError:
            return False
        self.drain()
        return True

    def _take_beside_guests(self, tid: int) -> int | None:
        queue = self.queue
        try:
            while True:
                if tid not in self._dead_guests and self._look(os.P_PID, tid, WALL | os.WNOHANG):
                    return queue.pop()[1]
                self._wait_beside_guests()
                if queue[-1][0] == tid:
                    return queue.pop()[1]
        except ChildProcessError:
            return None

    def _wait_beside_guests(self) -> None:
        """Wait until a status has been moved into the queue.

        Raises:
            ChildProcessError: no tracee is left that could report anything.
        """
        pause = 0.0
        while not self._look_beside_guests(0):
            time.sleep(pause)
            pause = min(pause + 0.00002, 0.002)

    def _look_beside_guests(self, flags: int) -> bool:
        """Move one status into the queue; False when none is ready.

        It blocks, unless told not to or a dead guest is in the way: a zombie that its owner has not
        reaped would be all that a wait for any returns.
        """
        self._dead_guests = {pid for pid in self._dead_guests if exit_of_child(pid) is not None}
        if not self._dead_guests:
            return self._look(os.P_ALL, 0, WCLONE | WNOTHREAD | flags)
        others = [tid for tid in self.tracees if tid not in self._dead_guests]
        if not others:
            raise ChildProcessError
        for tid in others:
            try:
                if self._look(os.P_PID, tid, WALL | os.WNOHANG):
                    return True
            except ChildProcessError:
                continue  # gone without a word, in another thread's exec
        return False

    def _look(self, kind: int, which: int, flags: int) -> bool:
        """Look at what a wait would return, and take it unless it is the exit of a guest."""
        seen = os.waitid(kind, which, _LOOK | flags)
        if seen is None:
            return False
        status = _exit_status(seen) if seen.si_pid in self.guests else None
        if status is None:
            self.queue.extend(map(os.waitpid, (seen.si_pid,), _WALL_NOW))
            if self.queue[-1][0] == 0:
                self.queue.pop()  # SIGKILL has just ended the stop that was seen
                return False
        else:
            self.queue.append((seen.si_pid, status))
            self.guests.discard(seen.si_pid)
            self._dead_guests.add(seen.si_pid)
        return True


def exit_of_child(pid: int) -> int | None:
    """Return the wait status of a dead child of ours and leave it for its owner; None while it lives.

    Source: waitid(2), WNOWAIT; KERNEL 2: an attached process may be somebody's Popen.
    """
    try:
        seen = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return _exit_status(seen)


def _exit_status(seen: os.waitid_result | None) -> int | None:
    """Return the wait status of an exit that waitid saw; None for anything else."""
    if seen is None or seen.si_code not in (os.CLD_EXITED, os.CLD_KILLED, os.CLD_DUMPED):
        return None
    if seen.si_code == os.CLD_EXITED:
        return seen.si_status << 8
    return seen.si_status | (0x80 if seen.si_code == os.CLD_DUMPED else 0)


_released: list[int] = []
"""Children that we launched and then let go: nobody else can reap them."""


def release(pid: int) -> None:
    """A process that we launched goes on without us; `reap_released` will bury it."""
    _released.append(pid)


def reap_released() -> None:
    """Reap the processes that we launched, let go, and that have ended since; waits for none."""
    for pid in list(_released):
        try:
            if os.waitpid(pid, os.WNOHANG)[0] == 0:
                continue
        except ChildProcessError:
            pass  # a grandchild, whose parent reaps it, or reaped by somebody's wait for any child
        _released.remove(pid)
