"""Regular expressions that are compiled when they are first used.

A module's patterns cost 0.1 to 0.4 ms each to compile, and a start needs few of them.
"""

from __future__ import annotations

import re

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
