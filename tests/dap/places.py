"""The programs of these tests, and where their lines are."""

from __future__ import annotations

from tests.support import programs

EDITOR = "editor.c"


def path(source: str) -> str:
    """Return the path of a source."""
    return str(programs.SOURCES / source)


def at(name: str, source: str = EDITOR) -> int:
    """Return the line that carries a mark."""
    return programs.mark(source, name)
