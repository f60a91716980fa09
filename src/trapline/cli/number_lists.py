"""Lists of numbers as gdb's commands take them: `1 3 5-7`, `1,3`, `$bpnum`."""

from __future__ import annotations

from trapline.base.errors import DebuggerError
from trapline.base.typing import TYPE_CHECKING
from trapline.cli.registry import CommandError

if TYPE_CHECKING:
    from trapline.cli.session import Session

_LONGEST = 10_000
"""Numbers that a range may mean where each of them is looked at."""


def number(session: Session, word: str) -> int:
    """Return the number that a word is, or that a `$variable` holds.

    Raises:
        CommandError: it is none.
    """
    if word.startswith("$"):
        try:
            return int(session.evaluate(word))
        except (DebuggerError, TypeError, ValueError):
            raise CommandError(f"{word} holds no number") from None
    if not (word.isascii() and word.isdigit() and len(word) < 10):
        raise CommandError(f"{word!r} is no number")
    return int(word)


def span(session: Session, word: str) -> tuple[int, int]:
    """Return the first and the last number that `3` or `5-7` means.

    Raises:
        CommandError: it is no number and no range.
    """
    first, dash, last = word.partition("-")
    low = number(session, first) if first or not dash else number(session, word)
    high = number(session, last) if dash else low
    if low > high:
        raise CommandError(f"{word}: the range is inverted")
    return low, high


def numbers(session: Session, text: str) -> list[int]:
    """Return the numbers of a list, in its order.

    Raises:
        CommandError: a word of it is no number and no range, or the range is too long.
    """
    found: list[int] = []
    for word in text.replace(",", " ").split():
        low, high = span(session, word)
        if high - low >= _LONGEST:
            raise CommandError(f"{word}: the range is too long")
        found += range(low, high + 1)
    return found
