"""Variables and their parts: reading and writing them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trapline.dap import scopes
from trapline.dap.requests import STOPPED, request

if TYPE_CHECKING:
    from trapline.dap.arguments import Arguments
    from trapline.dap.session import Session


def is_hexadecimal(arguments: Arguments) -> bool:
    """Whether the client asks for numbers in hexadecimal."""
    return arguments.object("format").flag("hex")


@request("variables", needs=STOPPED)
def variables(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Give variables of a scope, or parts of a variable; `start` and `count` choose a page."""
    container = session.containers[arguments.integer("variablesReference")]
    only = arguments.text("filter", "")
    start = max(arguments.integer("start", 0), 0)
    count = arguments.integer("count", 0) or None
    hexadecimal = is_hexadecimal(arguments)
    found = []
    for item in container.items(start, count, only):
        session.check_cancelled()
        found.append(scopes.shown(session, item, hexadecimal=hexadecimal))
    return {"variables": found}
