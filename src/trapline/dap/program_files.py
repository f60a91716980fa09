"""What the program writes, sent to the client as it comes: never lost, never behind the stop or the exit.

Standard output is a terminal of ours, so that the program writes a line when it has one and can be given
input; standard error is a pipe, so that the two are told apart.
"""

from __future__ import annotations

import codecs
import os
import select
import termios
import threading
import time
from collections.abc import Callable

from trapline.base.typing import Any

_CHUNK = 1 << 16
_FLUSH_LIMIT = 2.0  # seconds for what was written to arrive; it takes microseconds
_WAIT = 0.5  # seconds between two looks at the time
_LATE_READS = 64  # more than the kernel keeps of a terminal's output


class _Stream:
    """One of the program's outputs, at our end."""

    def __init__(self, descriptor: int, category: str) -> None:
        os.set_blocking(descriptor, False)
        self.descriptor = descriptor
        self.category = category
        self.lock = threading.Lock()
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.held = b""
        """The beginning of what may become the mark."""


class ProgramFiles:
    """The files of a launched program, and the thread that empties them."""

    def __init__(self, tell: Callable[[str, str], None], stdio: list[str | None]) -> None:
        """Open them.

        Args:
            tell: gets the category ("stdout", "stderr") and the text; from any thread.
            stdio: paths for stdin, stdout and stderr; None for ours.

        Raises:
            OSError: there is no terminal or pipe to be had.
        """
        self._tell = tell
        self._streams: list[_Stream] = []
        self._mark = b""
        self._master = self._slave = self._theirs = self._error = -1
        self.options: dict[str, Any] = {}
        """What to launch the program with: `stdin`, `stdout` and `stderr`."""
        self._wake_read, self._wake = os.pipe()
        self._closed = False
        for name, path in zip(("stdin", "stdout", "stderr"), stdio, strict=True):
            self.options[name] = path if path is not None else self._ours(name)
        self._thread = threading.Thread(target=self._run, name="trapline-output", daemon=True)
        self._thread.start()

    def _ours(self, name: str) -> int:
        if name == "stderr":
            reading, self._error = os.pipe()
            self._streams.append(_Stream(reading, "stderr"))
            return self._error
        if self._master < 0:
            self._master, self._slave = os.openpty()
            _make_plain(self._slave)
            os.set_blocking(self._slave, False)
            self._streams.append(_Stream(self._master, "stdout"))
            # The program has an open file of its own: ours does not wait, and its must.
            self._theirs = os.open(os.ttyname(self._slave), os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        return self._theirs

    def write_input(self, text: str) -> bool:
        """Give the program input; False where its input is a file."""
        if self._master < 0:
            return False
        os.write(self._master, text.encode("utf-8", "surrogateescape"))
        return True

    def flush(self) -> None:
        """Send everything that has been written until now; nothing once they are closed."""
        if self._closed:
            return
        for stream in self._streams:
            if stream.descriptor == self._master:
                self._flush_terminal(stream)
            else:
                with stream.lock:
                    while self._take(stream):
                        pass

    def _flush_terminal(self, stream: _Stream) -> None:
        """Read the terminal up to a mark that we write behind what the program wrote.

        The kernel hands over what is written to a terminal a moment later; that nothing is there to be
        read does not mean that nothing was written.
        """
        mark = b"\0trapline:" + os.urandom(8).hex().encode() + b"\0"
        deadline = time.monotonic() + _FLUSH_LIMIT
        with stream.lock:
            unwritten, self._mark = mark, mark
            try:
                late = 0
                while self._mark and late < _LATE_READS:
                    # Looked at before reading: what has arrived while we did not run is read all the same.
                    late += time.monotonic() >= deadline
                    if unwritten:
                        try:
                            unwritten = unwritten[os.write(self._slave, unwritten) :]
                        except BlockingIOError:
                            pass  # full: it is emptied below
                    if not self._take(stream):
                        ready, _, _ = select.select([stream.descriptor], [], [], _WAIT)
                        if late and not ready:
                            break
            finally:
                self._mark = b""
                self._send(stream, b"")

    def _take(self, stream: _Stream) -> bool:
        """Read once, under the stream's lock; False when there was nothing."""
        try:
            data = os.read(stream.descriptor, _CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            data = b""  # EIO: nobody has the terminal open
        if data:
            self._send(stream, data)
        return bool(data)

    def _send(self, stream: _Stream, data: bytes) -> None:
        data, stream.held = stream.held + data, b""
        mark = self._mark
        if mark and stream.descriptor == self._master:
            before, found, after = data.partition(mark)
            if found:
                data, self._mark = before + after, b""
            else:
                data, stream.held = _split_before(data, mark)
        text = stream.decoder.decode(data)
        if text:
            self._tell(stream.category, text)

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._wake_read, select.POLLIN)
        by_number = {stream.descriptor: stream for stream in self._streams}
        for number in by_number:
            poll.register(number, select.POLLIN)
        while True:
            for number, _ in poll.poll():
                if number == self._wake_read:
                    return
                stream = by_number[number]
                with stream.lock:
                    self._take(stream)

    def close(self) -> None:
        """Send what is left, and close everything."""
        if self._closed:
            return
        self.flush()
        self._closed = True
        os.write(self._wake, b"x")
        self._thread.join()
        ours = [stream.descriptor for stream in self._streams]
        for descriptor in (self._wake, self._wake_read, self._slave, self._theirs, self._error, *ours):
            if descriptor >= 0:
                os.close(descriptor)


def _make_plain(terminal: int) -> None:
    """Take off a terminal what only a person at a keyboard wants: no echo, newlines as they are."""
    settings = termios.tcgetattr(terminal)
    settings[1] &= ~termios.OPOST
    settings[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSANOW, settings)


def _split_before(data: bytes, mark: bytes) -> tuple[bytes, bytes]:
    """Return what cannot belong to the mark, and the end that may be its beginning."""
    for size in range(min(len(mark) - 1, len(data)), 0, -1):
        if data.endswith(mark[:size]):
            return data[:-size], data[-size:]
    return data, b""
