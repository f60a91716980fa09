"""The seam to the command line: what the editor's console needs of it, without knowing it (ADR 0010)."""

from __future__ import annotations

from collections.abc import Callable

from trapline.base.typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from trapline.control.events import Stop
    from trapline.inferior import Inferior

Resume: TypeAlias = "Callable[[], object]"


class Console(Protocol):
    """The command line's engine on one inferior."""

    def knows(self, line: str) -> bool:
        """Whether a line begins with a command."""
        ...

    def run_line(self, line: str) -> tuple[bool, str]:
        """Run one line; whether it succeeded, and everything that it printed."""
        ...

    def complete(self, before: str) -> list[tuple[str, int]]:
        """Return (text, characters before the cursor that it replaces) for a line up to the cursor."""
        ...


Go: TypeAlias = "Callable[[Resume], Stop | None]"
"""Lets the program run by a call of the library, and returns the stop that the client was told of."""

MakeConsole: TypeAlias = "Callable[[Inferior, Go], Console]"
