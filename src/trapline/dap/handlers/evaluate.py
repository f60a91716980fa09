"""Expressions, and the command line in the editor's console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trapline.dap import scopes
from trapline.dap.handlers.variables import is_hexadecimal
from trapline.dap.requests import STOPPED, request

if TYPE_CHECKING:
    from trapline.dap.arguments import Arguments
    from trapline.dap.session import Session
    from trapline.inspection.frame import Frame


def frame_of(session: Session, arguments: Arguments) -> Frame | None:
    """Return the frame that a request is about; None for the selected one."""
    return session.frames[arguments.integer("frameId")] if "frameId" in arguments else None


@request("evaluate", needs=STOPPED)
def evaluate(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Give the value of an expression."""
    context = arguments.text("context", "")
    expression = arguments.text("expression")
    frame = frame_of(session, arguments)
    value = session.program.evaluate(expression, frame, without_effects=context == "hover")
    return scopes.result(session, value, expression, hexadecimal=is_hexadecimal(arguments))
