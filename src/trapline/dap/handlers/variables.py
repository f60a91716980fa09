"""Variables and their parts: reading and writing them."""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING, Any
from trapline.dap import showing
from trapline.dap.requests import STOPPED, request

if TYPE_CHECKING:
    from trapline.dap.arguments import Arguments
    from trapline.dap.session import Session
    from trapline.inspection.frame import Frame
    from trapline.inspection.value import Value


def is_hexadecimal(arguments: Arguments) -> bool:
    """Whether the client asks for numbers in hexadecimal."""
    return arguments.object("format").flag("hex")


def frame_of(session: Session, arguments: Arguments) -> Frame | None:
    """Return the frame that a request is about, None for the selected one, and select it."""
    if "frameId" not in arguments:
        return None
    place = session.frames[arguments.integer("frameId")]
    frame = place.frame
    session.program.thread = place.thread
    session.program.frame = frame
    return frame


@request("variables", needs=STOPPED)
def variables(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Give variables of a scope, or parts of a variable; `start` and `count` choose a page."""
    container = session.containers[arguments.integer("variablesReference")]
    only = arguments.text("filter", "")
    start = max(arguments.integer("start", 0), 0)
    count = max(arguments.integer("count", 0), 0) or None
    hexadecimal = is_hexadecimal(arguments)
    found = []
    briefs = showing.briefs(hexadecimal=hexadecimal)
    for item in container.items(start, count, only):
        session.check_cancelled()
        found.append(showing.shown(session, item, briefs, hexadecimal=hexadecimal))
    return {"variables": found}


@request("setVariable", needs=STOPPED)
def set_variable(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Assign the value of an expression to a variable of a container."""
    container = session.containers[arguments.integer("variablesReference")]
    item = container.item(arguments.text("name"))
    value = _assign(session, item.value, session.program.evaluate(arguments.text("value")))
    return showing.assigned(session, value, item.expression, hexadecimal=is_hexadecimal(arguments))


@request("setExpression", needs=STOPPED)
def set_expression(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Assign the value of an expression to what another means."""
    frame = frame_of(session, arguments)
    expression = arguments.text("expression")
    inferior = session.program
    value = inferior.evaluate(arguments.text("value"), frame)
    if frame is not None:
        frame = frame_of(session, arguments)  # a call in the value has made the other one stale
    value = _assign(session, inferior.evaluate(expression, frame), value)
    return showing.assigned(session, value, expression, hexadecimal=is_hexadecimal(arguments))


def _assign(session: Session, place: Value, value: Value) -> Value:
    """Assign, tell the client what has changed, and return what is in the place now."""
    place = place.again()
    place.set(value)
    address = place.address
    if address is not None:
        session.tell_memory(address, place.size)
    session.tell_invalidated("variables")
    return place
