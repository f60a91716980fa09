"""Modules and source files."""

from __future__ import annotations

from trapline.base.errors import DebuggerError
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.dap import events, sources
from trapline.dap.requests import PROGRAM, request

if TYPE_CHECKING:
    from trapline.dap.arguments import Arguments
    from trapline.dap.session import Session


@request("source", needs=PROGRAM)
def source(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Give the text of a source: of code without source its instructions, else of a file."""
    wanted = arguments.object("source")
    number = wanted.integer("sourceReference", 0) or arguments.integer("sourceReference", 0)
    if number:
        text = session.disassembly.text(number)
        if text is None:
            raise DebuggerError(f"there is no source {number}")
        return {"content": text, "mimeType": "text/x-asm"}
    path = wanted.text("path")
    return {"content": "\n".join(session.program.source(session.paths.local(path)).lines) + "\n"}


@request("modules", needs=PROGRAM)
def modules(session: Session, arguments: Arguments) -> dict[str, Any]:
    """List the mapped files, the program first."""
    known = session.program.modules
    start = max(arguments.integer("startModule", 0), 0)
    count = max(arguments.integer("moduleCount", 0), 0) or len(known)
    return {
        "modules": [events.shown(module) for module in known[start : start + count]],
        "totalModules": len(known),
    }


@request("loadedSources", needs=PROGRAM)
def loaded_sources(session: Session, arguments: Arguments) -> dict[str, Any]:
    """List the source files that the debug information names; from then on new ones are told of."""
    paths = session.program.source_paths()
    session.known_sources = set(paths)
    return {"sources": [sources.source(session, path) for path in paths]}
