"""Numbers that stand for frames, variables and sources in the protocol.

A number is never used twice in a session, so that one from an earlier stop is refused rather than taken
for something else (users' wish 23).
"""

from __future__ import annotations

import itertools

from trapline.base.errors import StaleError
from trapline.base.typing import Generic, TypeVar

T = TypeVar("T")


class Handles(Generic[T]):
    """Numbers, from 1, for things of one stop."""

    def __init__(self, what: str) -> None:
        """Begin with none; `what` is the word for such a thing in messages."""
        self._what = what
        self._numbers = itertools.count(1)
        self._things: dict[int, T] = {}

    def add(self, thing: T) -> int:
        """Return a new number for a thing."""
        number = next(self._numbers)
        self._things[number] = thing
        return number

    def __getitem__(self, number: int) -> T:
        """Return the thing of a number.

        Raises:
            StaleError: the program has run since, or there never was one.
        """
        try:
            return self._things[number]
        except KeyError:
            raise StaleError(f"{self._what} {number} is not of this stop; ask for it again") from None

    def clear(self) -> None:
        """Forget all things: the program goes on.  Their numbers stay used."""
        self._things.clear()
