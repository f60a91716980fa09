"""The time that a caller has given for a whole call."""

from __future__ import annotations

import time


class Deadline:
    """The moment at which the time of a call is up, from its `timeout=`: seconds, None for no end."""

    __slots__ = ("_at",)

    def __init__(self, timeout: float | None) -> None:
        self._at = None if timeout is None else time.monotonic() + timeout

    def left(self) -> float | None:
        """Return the seconds that are left, below 0 when the time is up; None for no end."""
        return None if self._at is None else self._at - time.monotonic()
