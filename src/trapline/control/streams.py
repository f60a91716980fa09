"""The files of a launched program as a user handles them: `inferior.stdin`, `.stdout`, `.stderr`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from trapline.base.errors import NotRunning, UsageError
from trapline.base.handles import Handle
from trapline.base.typing import Protocol


class Output(Protocol):
    """Bytes that arrive in the background."""

    at_end: bool

    def sync(self) -> None:
        """Take in what has been written already."""
        ...

    def find(self, marker: bytes) -> int:
        """Return the bytes up to and including the marker, or -1."""
        ...

    def take(self, size: int) -> bytes:
        """Remove and return at most `size` bytes."""
        ...

    def close(self) -> None:
        """Stop reading."""
        ...

    def __len__(self) -> int: ...


Serve = Callable[[Callable[[], bool], float | None], None]
"""Serves the inferior until a condition holds (`control.loop.serve_until`)."""


class Reader(Handle):
    """The program's standard output or error, binary.

    A read that has to wait serves the inferior meanwhile: breakpoints are hit and callbacks run.  If the
    inferior is stopped with nothing to read, `NotRunning` is raised at once.  What was written stays
    readable after the exit.
    """

    def __init__(self, output: Output, serve: Serve) -> None:
        self._output = output
        self._serve = serve

    def _wait(self, ready: Callable[[], bool], timeout: float | None) -> None:
        def now() -> bool:
            # What was written before an exit may still be in the kernel's pipe when the exit is heard.
            self._output.sync()
            return ready() or self._output.at_end

        if not now():
            self._serve(now, timeout)

    def read(self, size: int = -1, *, timeout: float | None = None) -> bytes:
        """Return up to `size` bytes as soon as there are any; all up to the end for -1.

        Raises:
            NotRunning: it is stopped with nothing (for -1: not the end) to read.
            StopTimeout: nothing came in time.
        """
        if size < 0:
            self._wait(lambda: False, timeout)
        else:
            self._wait(lambda: len(self._output) > 0, timeout)
        return self._output.take(size)

    def readline(self, *, timeout: float | None = None) -> bytes:
        """Return one line with its newline; what is left, perhaps nothing, at the end."""
        return self.read_until(b"\n", timeout=timeout)

    def read_until(self, marker: bytes, *, timeout: float | None = None) -> bytes:
        """Return everything up to and including `marker`; what is left when the end comes first.

        Raises:
            NotRunning: it is stopped and the marker has not come.
            StopTimeout: it did not come in time.
        """
        if not marker:
            raise UsageError("the marker must not be empty")
        self._wait(lambda: self._output.find(marker) >= 0, timeout)
        return self._output.take(self._output.find(marker))

    def close(self) -> None:
        """Close our end: the program gets SIGPIPE when it writes more."""
        self._output.close()


class Writer(Handle):
    """The program's standard input, binary."""

    def __init__(self, descriptor: int, serve: Serve) -> None:
        self._descriptor = descriptor
        self._serve = serve
        os.set_blocking(descriptor, False)

    def write(self, data: bytes) -> int:
        """Write all of `data`; a full pipe is waited for while the inferior is served.

        Raises:
            BrokenPipeError: the program has closed it.
            NotRunning: the pipe is full and the inferior stopped.
        """
        done = 0
        view = memoryview(data)
        while done < len(view):
            try:
                done += os.write(self._descriptor, view[done:])
            except BlockingIOError:
                self._drained()
        return done

    def _drained(self) -> None:
        import select

        deadline = time.monotonic() + 0.05

        def writable() -> bool:
            return bool(select.select([], [self._descriptor], [], 0)[1]) or time.monotonic() > deadline

        try:
            self._serve(writable, 0.05)
        except TimeoutError:
            return
        except NotRunning:
            raise NotRunning("the pipe is full and the inferior is stopped, so nobody empties it") from None

    def close(self) -> None:
        """Close it: the program reads the end of its input."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
