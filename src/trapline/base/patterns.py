"""Regular expressions: our own, compiled when they are first used, and those that a user wrote.

A module's patterns cost 0.1 to 0.4 ms each to compile, and a start needs few of them.
"""

from __future__ import annotations

import re

from trapline.base.errors import UsageError
from trapline.base.typing import Any, overload


class _Uncompiled:
    """Stands for a pattern; what is asked of it is asked of the pattern, and kept."""

    def __init__(self, source: str | bytes, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """Return the pattern's attribute."""
        found = getattr(re.compile(self._source, self._flags), name)
        setattr(self, name, found)
        return found


@overload
def lazy(source: str, flags: int = 0) -> re.Pattern[str]: ...
@overload
def lazy(source: bytes, flags: int = 0) -> re.Pattern[bytes]: ...
def lazy(source: Any, flags: int = 0) -> Any:
    """Return what is used as `re.compile(source, flags)` is, but for functions that want a `re.Pattern`."""
    return _Uncompiled(source, flags)


def compiled(pattern: object, flags: int = 0) -> re.Pattern[str]:
    """Return the pattern that a user gave: a regular expression's text, or a `re.Pattern` as it is.

    Raises:
        UsageError: it is none; the message is one line.
    """
    if isinstance(pattern, re.Pattern) and isinstance(pattern.pattern, str):
        return pattern
    if not isinstance(pattern, str):
        raise UsageError(f"{pattern!r} is no regular expression: it is not text")
    try:
        return re.compile(pattern, flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(f"{pattern!r} is no regular expression: {error}") from None
