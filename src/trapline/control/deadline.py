"""The time that a caller has given for a whole call."""

from __future__ import annotations

import time

from trapline.base.errors import ArgumentError

_LONGEST = 1e9
"""Seconds, 30 years: no clock is asked for more."""


def seconds(timeout: object) -> float | None:
    """Return what a caller gave as `timeout=`: seconds, None for no end; before anything runs.

    Raises:
        TypeError: it is no number.
        ArgumentError: it is not a number (NaN).
    """
    if timeout is None:
        return None
    if not (hasattr(timeout, "__float__") or hasattr(timeout, "__index__")):
        raise TypeError(f"timeout must be seconds, or None, not {type(timeout).__name__}")
    found = float(timeout)  # type: ignore[arg-type]  # it has one of the two methods
    if found != found:
        raise ArgumentError("timeout must be seconds, or None, not NaN")
    return min(found, _LONGEST)


class Deadline:
    """The moment at which the time of a call is up, from its `timeout=`: seconds, None for no end."""

    __slots__ = ("_at",)

    def __init__(self, timeout: float | None) -> None:
        left = seconds(timeout)
        self._at = None if left is None else time.monotonic() + left

    def left(self) -> float | None:
        """Return the seconds that are left, below 0 when the time is up; None for no end."""
        return None if self._at is None else self._at - time.monotonic()
