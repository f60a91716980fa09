"""`trapline`: which face a command line asks for.

The faces do not know each other; what one lends to the other, the command line's engine for the editor's
console, is handed over here (ADR 0010).
"""

from __future__ import annotations

import gc
import sys

from trapline.base.descriptors import occupy_standard
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.dap.console import Console, Go
    from trapline.inferior import Inferior


_ALLOCATIONS = 50_000
"""Objects between two looks for garbage.  A start makes modules, which stay; by Python's own 700 it spends a
twentieth of its time looking through them."""


def main(words: list[str] | None = None) -> int:
    """Run the command line, or the server for editors, and return the exit status: the process is ours."""
    gc.set_threshold(_ALLOCATIONS)
    _open_streams()
    try:
        return _face(sys.argv[1:] if words is None else words)
    finally:
        gc.freeze()  # the interpreter's end would look through everything three times more


def _open_streams() -> None:
    """Have standard streams, which Python leaves out where we were started without them, as by cron."""
    occupy_standard()
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115 - for the process, as Python has them


def _face(given: list[str]) -> int:
    if given[:1] == ["dap"]:
        from trapline.dap import server

        return server.main(given[1:], _console)
    from trapline.cli import app

    return app.main(given)


def _console(inferior: Inferior, go: Go) -> Console:
    """Return the command line's engine on an inferior of the editor's."""
    from trapline.cli.embedded import EmbeddedSession

    return EmbeddedSession(inferior, go)
