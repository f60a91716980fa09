"""`trapline`: which face a command line asks for.

The faces do not know each other; what one lends to the other, the command line's engine for the editor's
console, is handed over here (ADR 0010).
"""

from __future__ import annotations

import sys

from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.dap.console import Console, Go
    from trapline.inferior import Inferior


def main(words: list[str] | None = None) -> int:
    """Run the command line, or the server for editors, and return the exit status."""
    given = sys.argv[1:] if words is None else words
    if given[:1] == ["dap"]:
        from trapline.dap import server

        return server.main(given[1:], _console)
    from trapline.cli import app

    return app.main(given)


def _console(inferior: Inferior, go: Go) -> Console:
    """Return the command line's engine on an inferior of the editor's."""
    from trapline.cli.embedded import EmbeddedSession

    return EmbeddedSession(inferior, go)
