"""One declaration a request: what it is called, and in which state of the program it can be answered.

    @request("threads", needs=PROCESS)
    def threads(session, arguments):
        return {"threads": [...]}

A handler runs on the session's worker thread and returns the response's body.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trapline.dap.arguments import Arguments
    from trapline.dap.session import Session

    Answer: TypeAlias = Callable[[Session, Arguments], Mapping[str, Any] | None]

NOTHING = ""
"""It needs nothing."""
PROGRAM = "program"
"""It needs a program that was launched or attached to; it may have ended."""
PROCESS = "process"
"""It needs a process; one that runs is paused for it and goes on unreported."""
STOPPED = "stopped"
"""It needs a process that the client knows to be stopped."""

REFUSED = {
    "restartFrame": "what a call has done cannot be undone, so it is not begun again; `goto` its first line",
    "stepBack": "trapline does not record what the program does, so there is no way back",
    "reverseContinue": "trapline does not record what the program does, so there is no way back",
}
"""Requests that are not answered, no capability being claimed for them, and why."""

ENDINGS = ("terminate", "disconnect")
"""Requests that are not cancelled: a client that gives up on all that is open does not want to stay."""

GIVING_UP = (*ENDINGS, "restart", "pause")
"""Requests that end a function of the program that an expression has called and that does not come back."""

_ROOMS = ("lifecycle", "breakpoints", "execution", "stack", "variables", "evaluate", "memory", "sources")


class Handler(NamedTuple):
    """A request as declared."""

    answer: Answer
    needs: str


_handlers: dict[str, Handler] = {}


def request(command: str, *, needs: str = STOPPED) -> Callable[[Answer], Answer]:
    """Declare what answers a request; see the module."""

    def declare(answer: Answer) -> Answer:
        _handlers[command] = Handler(answer, needs)
        return answer

    return declare


def find(command: str) -> Handler | None:
    """Return what answers a request; the rooms of handlers are imported when one is first asked for."""
    if command not in _handlers:
        # `initialize` is answered before anything else is imported.
        rooms = ("capabilities",) if command == "initialize" else _ROOMS
        for room in rooms:
            importlib.import_module(f"trapline.dap.handlers.{room}")
    return _handlers.get(command)


def commands() -> list[str]:
    """Return the names of all requests that are answered."""
    find("initialize")
    find("launch")
    return sorted(_handlers)
