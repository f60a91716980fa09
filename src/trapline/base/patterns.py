"""Regular expressions: our own, compiled when they are first used, and those that a user wrote.

A module's patterns cost 0.1 to 0.4 ms each to compile, and to import `re` 4 ms and 1 MB; a start in a C
program needs none of them.
"""

from __future__ import annotations

import sys

from trapline.base.errors import UsageError
from trapline.base.typing import TYPE_CHECKING, Any, TypeGuard, overload

if TYPE_CHECKING:
    import re


class _Uncompiled:
    """Stands for a pattern; what is asked of it is asked of the pattern, and kept."""

    def __init__(self, source: str | bytes) -> None:
        self._source = source

    def __getattr__(self, name: str) -> Any:
        """Return the pattern's attribute."""
        import re

        found = getattr(re.compile(self._source), name)
        setattr(self, name, found)
        return found


@overload
def lazy(source: str) -> re.Pattern[str]: ...
@overload
def lazy(source: bytes) -> re.Pattern[bytes]: ...
def lazy(source: Any) -> Any:
    """Return what is used as `re.compile(source)` is, but for functions that want a `re.Pattern`."""
    return _Uncompiled(source)


def is_pattern(found: object) -> TypeGuard[re.Pattern[Any]]:
    """Whether something is a compiled regular expression; who has one has imported `re`."""
    module = sys.modules.get("re")
    return module is not None and isinstance(found, module.Pattern)


def compiled(pattern: object, flags: int = 0) -> re.Pattern[str]:
    """Return the pattern that a user gave: a regular expression's text, or a `re.Pattern` as it is.

    Raises:
        UsageError: it is none; the message is one line.
    """
    import re

    if isinstance(pattern, re.Pattern) and isinstance(pattern.pattern, str):
        return pattern
    if not isinstance(pattern, str):
        raise UsageError(f"{pattern!r} is no regular expression: it is not text")
    try:
        return re.compile(pattern, flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(f"{pattern!r} is no regular expression: {error}") from None
