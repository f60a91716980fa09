"""Threads, their frames, and the groups of variables of a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trapline.dap import sources
from trapline.dap.handlers.execution import thread_named
from trapline.dap.requests import PROCESS, STOPPED, request
from trapline.dap.scopes import Registers, Variables

if TYPE_CHECKING:
    from trapline.dap.arguments import Arguments
    from trapline.dap.messages import Scope, StackFrame
    from trapline.dap.session import Session
    from trapline.inspection.frame import Frame

_MOST = 1000  # frames that are given where the client does not say how many it wants


@request("threads", needs=PROCESS)
def threads(session: Session, arguments: Arguments) -> dict[str, Any]:
    """List the threads, also while the program runs."""
    return {
        "threads": [
            {"id": thread.tid, "name": thread.name or f"thread {thread.tid}"}
            for thread in session.program.threads
        ]
    }


@request("stackTrace", needs=STOPPED)
def stack_trace(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Give frames of a thread, from `startFrame` on, `levels` of them; no more are unwound than that."""
    thread = thread_named(session, arguments)
    start = max(arguments.integer("startFrame", 0), 0)
    levels = arguments.integer("levels", 0) or _MOST
    shown: list[StackFrame] = []
    stack = thread.frames()
    for level in range(start, start + levels):
        session.check_cancelled()
        frame = stack.at(level)
        if frame is None:
            return {"stackFrames": shown, "totalFrames": start + len(shown)}
        shown.append(_shown(session, frame))
    more = stack.at(start + levels) is not None
    # The protocol's way to say that there is more without unwinding all of it.
    return {"stackFrames": shown, "totalFrames": start + len(shown) + (levels if more else 0)}


def _shown(session: Session, frame: Frame) -> StackFrame:
    name = frame.function or session.program.describe(frame.pc)
    found: StackFrame = {
        "id": session.frames.add(frame),
        "name": name,
        "line": 0,
        "column": 0,
        "instructionPointerReference": f"{frame.pc:#x}",
    }
    found.update(sources.place_of(session, frame.location))  # type: ignore[typeddict-item]  # source, line, column
    if frame.module is not None:
        found["moduleId"] = frame.module.path
    if frame.location is None:
        found["presentationHint"] = "subtle"
    return found


@request("scopes", needs=STOPPED)
def scopes(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Give the groups of variables of a frame."""
    frame = session.frames[arguments.integer("frameId")]
    found: list[Scope] = []
    for name, hint, variables in (
        ("Arguments", "arguments", frame.arguments),
        ("Locals", "locals", frame.locals),
    ):
        if len(variables):
            reference = session.containers.add(Variables(frame, variables))
            found.append(
                {
                    "name": name,
                    "presentationHint": hint,
                    "variablesReference": reference,
                    "namedVariables": len(variables),
                    "expensive": False,
                }
            )
    found.append(
        {
            "name": "Registers",
            "presentationHint": "registers",
            "variablesReference": session.containers.add(Registers(frame)),
            "expensive": True,
        }
    )
    return {"scopes": found}
