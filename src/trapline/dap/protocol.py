"""Framing: messages of the Debug Adapter Protocol out of and into a stream of bytes.

Source: Debug Adapter Protocol, Base Protocol.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable

from trapline.base.typing import Any, BinaryIO, TypeAlias, TypeVar

Message: TypeAlias = dict[str, Any]
T = TypeVar("T")

_LENGTH = re.compile(rb"Content-Length:\s*(\d{1,18})\s*$", re.IGNORECASE)
_LONGEST_LINE = 4096  # bytes of one header line
_LARGEST = 64 << 20  # bytes of one message; the largest honest one is a writeMemory

_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class Malformed(Exception):
    """A message that could not be read, the stream being in order behind it; `str()` says why."""


class Reader:
    """Takes messages out of a stream.

    What is no header is passed over up to the next one, so that a wrong length or noise on the stream
    costs the message that it hit and not the session.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self) -> Message | None:
        """Return the next message; None at the end of the stream.

        Raises:
            Malformed: it is no JSON object, or too large.
        """
        length = self._header()
        if length is None:
            return None
        if length > _LARGEST:
            raise Malformed(f"a message of {length} bytes is larger than {_LARGEST}")
        body = self._stream.read(length)
        if len(body) < length:
            return None
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise Malformed(f"a message is no JSON: {error}") from None
        if not isinstance(message, dict):
            raise Malformed(f"a message is a JSON {type(message).__name__}, not an object")
        return message

    def _header(self) -> int | None:
        length: int | None = None
        while True:
            line = self._stream.readline(_LONGEST_LINE)
            if not line:
                return None
            found = _LENGTH.search(line)
            if found is not None:
                length = int(found[1])
            elif length is not None and not line.strip():
                return length


class Writer:
    """Puts messages into a stream, from any thread, and numbers them."""

    def __init__(self, send: Callable[[bytes], object]) -> None:
        """Keep what writes bytes; it raises OSError when nobody is there to read any more."""
        self._send = send
        self._lock = threading.Lock()
        self._sequence = 0
        self.broken = False
        """Whether the other side has gone; what is written then is dropped."""

    def write(self, message: Message) -> None:
        """Send a message."""
        with self._lock:
            self._write(message)

    def write_expecting(self, message: Message, answers: dict[int, T], answer: T) -> int:
        """Send a request and return its number, under which `answer` is put into `answers` first."""
        with self._lock:
            answers[self._sequence + 1] = answer
            return self._write(message)

    def _write(self, message: Message) -> int:
        self._sequence += 1
        message["seq"] = self._sequence
        body = _encode(message).encode("utf-8", "replace")
        if not self.broken:
            try:
                self._send(b"Content-Length: %d\r\n\r\n" % len(body) + body)
            except OSError:
                self.broken = True
        return self._sequence
