"""Which names somebody may have meant who typed one that does not exist."""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LENGTH_LIMIT = 200  # bytes of a name that is compared letter by letter


def nearest(name: str, known: Iterable[bytes], limit: int) -> list[str]:
    """Return the names that differ from `name` by a third of its letters at most, the likest first.

    A letter more, less, another or two exchanged count one each, upper and lower case alike.
    """
    wanted = name.encode("utf-8", "surrogateescape").lower()[:_LENGTH_LIMIT]
    allowed = max(1, min(3, len(wanted) // 3))
    letters = frozenset(wanted)
    found = []
    for other in known:
        if abs(len(other) - len(wanted)) > allowed or not other:
            continue
        lower = other.lower()
        # Names that share too few letters cannot be near; this is much quicker than to compare them.
        if len(letters.difference(lower)) > allowed:
            continue
        distance = _distance(wanted, lower, allowed)
        if distance <= allowed:
            found.append((distance, lower[:1] != wanted[:1], other))
    return [other.decode("utf-8", "backslashreplace") for _, _, other in sorted(found)[:limit]]


def _distance(left: bytes, right: bytes, allowed: int) -> int:
    """Return the number of changes between two names, more than `allowed` as soon as it is more.

    Source: the restricted Damerau-Levenshtein distance, row by row.
    """
    before: list[int] = []
    row = list(range(len(right) + 1))
    for number, letter in enumerate(left, 1):
        older, before = before, row
        row = [number]
        for column, other in enumerate(right, 1):
            change = before[column - 1] + (letter != other)
            best = min(before[column] + 1, row[-1] + 1, change)
            if number > 1 and column > 1 and letter == right[column - 2] and left[number - 2] == other:
                best = min(best, older[column - 2] + 1)
            row.append(best)
        if min(row) > allowed:
            return allowed + 1
    return row[-1]
