"""What to stop at: lines, functions, instructions, data and exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trapline.dap import wishes
from trapline.dap.arguments import Arguments, BadArgument
from trapline.dap.requests import PROCESS, request
from trapline.dap.wishes import Wish

if TYPE_CHECKING:
    from trapline.dap.session import Session


@request("setBreakpoints", needs=PROCESS)
def set_breakpoints(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Put the breakpoints of one source file in the place of those that it had."""
    source = arguments.object("source")
    if "path" not in source:
        raise BadArgument("setBreakpoints needs a source with a path")
    path = session.paths.compiled(source.text("path"))
    elements = arguments.items("breakpoints") or [
        Arguments({"line": line}) for line in arguments.values.get("lines") or []
    ]
    wanted = [
        Wish.read(wishes.LINES, f"{path}:{session.client.our_line(one.integer('line'))}", one)
        for one in elements
    ]
    answers = session.wishes.replace(f"{wishes.LINES} {path}", wanted, session.wishes.set_breakpoint)
    for answer, one in zip(answers, elements, strict=True):
        answer.setdefault("line", one.integer("line"))
        answer.setdefault("source", {"path": source.text("path")})
    return {"breakpoints": answers}


@request("setFunctionBreakpoints", needs=PROCESS)
def set_function_breakpoints(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Put these functions in the place of all that were stopped at by name."""
    wanted = [Wish.read(wishes.FUNCTIONS, one.text("name"), one) for one in arguments.items("breakpoints")]
    return {"breakpoints": session.wishes.replace(wishes.FUNCTIONS, wanted, session.wishes.set_breakpoint)}
