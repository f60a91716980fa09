"""What goes wrong with a request, as a response says it."""

from __future__ import annotations

from trapline.base.errors import DebuggerError

NOT_STOPPED = "notStopped"
"""The request needs the program stopped.  Source: DAP, `Response.message`."""
CANCELLED = "cancelled"
"""The client has asked for its end.  Source: as above."""


class Refused(DebuggerError):
    """A response that is no success and that the user is not shown; `str()` is its message."""


def one_line(error: BaseException) -> str:
    """Return what an exception says, in one line."""
    if isinstance(error, OSError) and not isinstance(error, DebuggerError) and error.strerror:
        name = f"{error.filename}: " if error.filename else ""
        return f"{name}{error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__
