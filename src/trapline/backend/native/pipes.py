"""Pipes to and from a launched program, emptied by one small thread of ours.

The program can write as much as it likes: what it writes goes into memory until somebody reads it, so a
full pipe never blocks it while the debugger waits for something else (KERNEL 22).  The thread touches
descriptors only, never the inferior.
"""

from __future__ import annotations

import os
import select
import threading
from collections import deque
from collections.abc import Callable

from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    import selectors

_CHUNK = 1 << 16


class _Drain:
    """The thread that reads every output pipe of this process; it ends when there is none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forgotten: deque[OutputPipe] = deque()
        self._selector: selectors.BaseSelector | None = None
        self._wake = -1
        self._count = 0
        self._owner = os.getpid()

    def add(self, reader: OutputPipe) -> None:
        import selectors  # few programs are run with pipes

        with self._lock:
            self._bury()
            if self._selector is None:
                self._selector = selectors.DefaultSelector()
                awake, self._wake = os.pipe()
                self._selector.register(awake, selectors.EVENT_READ, None)
                self._count = 0
                threading.Thread(target=self._run, name="trapline-pipes", daemon=True).start()
            self._selector.register(reader.descriptor, selectors.EVENT_READ, reader)
            self._count += 1
            os.write(self._wake, b"+")

    def remove(self, reader: OutputPipe) -> None:
        """Forget a pipe and close it, if the thread has not done so."""
        with self._lock:
            self._remove(reader)

    def forget(self, reader: OutputPipe) -> None:
        """Do the same for a finalizer, which may come in any thread, in the midst of any of this.

        It waits for none: while somebody has the lock, that one or the next removes the pipe, or the thread
        when it ends.
        """
        self._forgotten.append(reader)
        if self._lock.acquire(blocking=False):
            try:
                self._bury()
            finally:
                self._lock.release()

    def _bury(self) -> None:
        """Remove what finalizers have left, under the lock."""
        while self._forgotten:
            self._remove(self._forgotten.popleft())

    def _remove(self, reader: OutputPipe) -> None:
        if reader.descriptor < 0:
            return
        if self._selector is not None and os.getpid() == self._owner:
            try:
                self._selector.unregister(reader.descriptor)
                self._count -= 1
            except KeyError:
                pass
            os.write(self._wake, b"-")
        reader.close_descriptor()

    def sync(self, reader: OutputPipe) -> None:
        """Take what is in the kernel's pipe now, in the caller's thread."""
        while True:
            with self._lock:
                descriptor = reader.descriptor
                if descriptor < 0 or not select.select([descriptor], [], [], 0)[0]:
                    return
                data = self._take(reader, descriptor)
            reader.feed(data)

    def _take(self, reader: OutputPipe, descriptor: int) -> bytes:
        """Read once, under the lock; at the end forget the pipe."""
        try:
            data = os.read(descriptor, _CHUNK)
        except OSError:
            data = b""  # EIO: the last user of a terminal is gone
        if not data:
            if self._selector is not None:
                self._selector.unregister(descriptor)
            self._count -= 1
            reader.close_descriptor()
            os.write(self._wake, b"-")
        return data

    def _run(self) -> None:
        selector = self._selector
        assert selector is not None
        while True:
            for key, _ in selector.select():
                if key.data is None:
                    os.read(key.fd, 4096)
                else:
                    self._read(key.data, key.fd)
            with self._lock:
                self._bury()
                if self._count == 0:
                    for key in list(selector.get_map().values()):
                        os.close(key.fd)
                    selector.close()
                    os.close(self._wake)
                    self._selector = None
                    return

    def _read(self, reader: OutputPipe, descriptor: int) -> None:
        with self._lock:
            if reader.descriptor != descriptor:
                return  # removed between the select and here
            if not select.select([descriptor], [], [], 0)[0]:
                return  # somebody read it meanwhile
            data = self._take(reader, descriptor)
        reader.feed(data)


_drain = _Drain()


class OutputPipe:
    """What the program writes, in memory.

    `on_data` is called from the draining thread after each arrival.
    """

    def __init__(self, descriptor: int, on_data: Callable[[], None]) -> None:
        self.descriptor = descriptor
        self.on_data = on_data
        self.at_end = False
        self._buffer = bytearray()
        self._lock = threading.Lock()
        _drain.add(self)

    def feed(self, data: bytes) -> None:
        """Take what was read; empty means the end."""
        with self._lock:
            if data:
                self._buffer += data
            else:
                self.at_end = True
        self.on_data()

    def sync(self) -> None:
        """Take what is in the kernel's pipe now."""
        _drain.sync(self)

    def find(self, marker: bytes) -> int:
        """Return the bytes up to and including the marker, or -1."""
        with self._lock:
            at = self._buffer.find(marker)
        return -1 if at < 0 else at + len(marker)

    def __len__(self) -> int:
        return len(self._buffer)

    def take(self, size: int) -> bytes:
        """Remove and return at most `size` bytes; all of them for -1."""
        with self._lock:
            if size < 0:
                size = len(self._buffer)
            data = bytes(self._buffer[:size])
            del self._buffer[:size]
        return data

    def close_descriptor(self) -> None:
        """Close our end."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def close(self) -> None:
        """Stop reading and drop the descriptor; what was read stays readable."""
        _drain.remove(self)
        self.at_end = True

    def abandon(self) -> None:
        """Do the same where the collector runs, without waiting for a lock."""
        _drain.forget(self)
