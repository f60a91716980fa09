"""Source files as the client knows them: by path where there is a file, else by a number to ask with."""

from __future__ import annotations

import os

from trapline.base.errors import DebuggerError
from trapline.base.typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trapline.base.location import SourceLocation
    from trapline.dap.arguments import Arguments
    from trapline.dap.messages import Source
    from trapline.dap.session import Session


def source(session: Session, path: str) -> Source:
    """Return the source of a path of the debug information."""
    here = _local_path(session, path)
    found: Source = {"name": os.path.basename(here), "path": here}
    if not os.path.exists(here):
        found["presentationHint"] = "deemphasize"
        found["origin"] = "not on this machine; see sourceMap"
    return found


def reference(arguments: Arguments) -> int:
    """Return the number that a request's source is asked for with; 0 for one that has a path."""
    wanted = arguments.object("source")
    return 0 if wanted.values.get("path") else wanted.integer("sourceReference", 0)


def is_here(session: Session, path: str) -> bool:
    """Whether a file of the debug information is on this machine."""
    return os.path.exists(_local_path(session, path))


def _local_path(session: Session, path: str) -> str:
    """Return where a file of the debug information is on this machine, or its own path."""
    mapped = session.paths.local(path)
    if os.path.exists(mapped):
        return os.path.abspath(mapped)
    try:
        return session.program.source(mapped).path
    except DebuggerError:
        return mapped


def place_of(session: Session, location: SourceLocation | None) -> dict[str, Any]:
    """Return `source`, `line` and `column` of a place; nothing where there is none."""
    if location is None:
        return {}
    place: dict[str, Any] = {
        "source": source(session, location.path),
        "line": session.client.line(location.line),
    }
    if location.column:
        place["column"] = location.column - 1 + session.client.first_column
    return place
