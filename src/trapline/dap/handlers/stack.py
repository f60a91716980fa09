"""Threads, their frames, and the groups of variables of a frame."""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING, Any
from trapline.dap import sources
from trapline.dap.handlers.execution import thread_named
from trapline.dap.requests import PROCESS, STOPPED, request
from trapline.dap.scopes import Globals, Place, Registers, Single, Variables

if TYPE_CHECKING:
    from trapline.control.threads import Thread
    from trapline.dap.arguments import Arguments
    from trapline.dap.messages import Scope, StackFrame
    from trapline.dap.session import Session
    from trapline.inspection.frame import Frame

_MOST = 1000  # frames that are given where the client does not say how many it wants


@request("threads", needs=PROCESS)
def threads(session: Session, arguments: Arguments) -> dict[str, Any]:
    """List the threads, also while the program runs; those that have one name, with their numbers."""
    known = [(thread.tid, thread.name) for thread in session.program.threads]
    named: dict[str, int] = {}
    for _, name in known:
        named[name] = named.get(name, 0) + 1
    return {
        "threads": [
            {"id": tid, "name": name if name and named[name] == 1 else f"{name or 'thread'} {tid}"}
            for tid, name in known
        ]
    }


@request("stackTrace", needs=STOPPED)
def stack_trace(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Give frames of a thread, from `startFrame` on, `levels` of them; no more are unwound than that."""
    thread = thread_named(session, arguments)
    start = max(arguments.integer("startFrame", 0), 0)
    levels = max(arguments.integer("levels", 0), 0) or _MOST
    shown: list[StackFrame] = []
    stack = thread.frames()
    for level in range(start, start + levels):
        session.check_cancelled()
        frame = stack.at(level)
        if frame is None:
            return {"stackFrames": shown, "totalFrames": level}
        shown.append(_shown(session, thread, frame))
    more = stack.at(start + levels) is not None
    # That there are more is all that the client needs to know; how many would cost the whole stack.
    return {"stackFrames": shown, "totalFrames": start + levels + (levels if more else 0)}


def _shown(session: Session, thread: Thread, frame: Frame) -> StackFrame:
    found: StackFrame = {
        "id": session.frames.add(Place(thread, frame)),
        "name": frame.function or session.program.describe(frame.pc),
        "line": 0,
        "column": 0,
        "instructionPointerReference": f"{frame.pc:#x}",
    }
    if frame.is_inline:
        found["name"] += " [inlined]"
    location = frame.location
    if location is not None and sources.is_here(session, location.path):
        place = sources.place_of(session, location)
    else:
        # There is something to look at in any frame: its code.
        place = session.disassembly.place_of(frame.pc, location)
        found["presentationHint"] = "subtle"
    found.update(place)  # type: ignore[typeddict-item]  # source, line and perhaps column
    if frame.module is not None:
        found["moduleId"] = frame.module.path
    return found


@request("scopes", needs=STOPPED)
def scopes(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Give the groups of variables of a frame; those that cost something to read are not opened unasked."""
    place = session.frames[arguments.integer("frameId")]
    frame = place.frame
    found: list[Scope] = []

    def add(name: str, container: Any, hint: str = "", *, expensive: bool = False) -> None:
        scope: Scope = {
            "name": name,
            "variablesReference": session.containers.add(container),
            "expensive": expensive,
        }
        if hint:
            scope["presentationHint"] = hint
        found.append(scope)

    if frame.level == 0 and session.returned is not None and place.thread.tid == session.returned[0]:
        add("Return value", Single("returned", session.returned[1]), "returnValue")
    together = session.client.is_vscode  # else it shows `argc` and `argv`, and none of the locals
    if frame.arguments and not together:
        add("Arguments", Variables(place, arguments=True), "arguments")
    if frame.location is not None:
        add("Locals", Variables(place, locals_=True, arguments=together), "locals")
        add("Globals", Globals(place), "globals", expensive=True)
    add("Registers", Registers(place), "registers", expensive=True)
    return {"scopes": found}
