"""Paths of the program's debug information and paths of the client: `sourceMap`."""

from __future__ import annotations

import os

from trapline.base.typing import Any
from trapline.dap.arguments import BadArgument


class Paths:
    """Prefixes of paths as the compiler saw them, and what they are on this machine."""

    def __init__(self, source_map: Any = None) -> None:
        """Take `sourceMap`: an object, or a list of pairs, from the compiler's path to the local one.

        Raises:
            BadArgument: it is neither.
        """
        pairs = list(source_map.items()) if isinstance(source_map, dict) else source_map or []
        try:
            self._pairs = [(_folder(theirs), _folder(ours)) for theirs, ours in pairs]
        except (TypeError, ValueError, AttributeError):
            raise BadArgument(
                'the argument \'sourceMap\' must be an object such as {"/build": "/home/me/project"}'
            ) from None
        self._pairs.sort(key=lambda pair: -len(pair[0]))

    def local(self, path: str) -> str:
        """Return where a source file of the debug information is on this machine."""
        return _replaced(path, self._pairs)

    def compiled(self, path: str) -> str:
        """Return what the compiler called a file of this machine."""
        return _replaced(path, [(ours, theirs) for theirs, ours in self._pairs])


def _folder(path: str) -> str:
    return os.path.normpath(path).rstrip("/")


def _replaced(path: str, pairs: list[tuple[str, str]]) -> str:
    for before, after in pairs:
        if path == before or path.startswith(before + "/"):
            return after + path[len(before) :]
    return path
