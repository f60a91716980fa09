"""From a `Stop` of the library to the `stopped` event."""

from __future__ import annotations

import trapline
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.control.events import Caught
from trapline.dap import exceptions

if TYPE_CHECKING:
    from trapline.control.events import Stop
    from trapline.dap.session import Session

PAUSED = {"reason": "pause", "description": "Paused"}


def body(session: Session, stop: Stop) -> dict[str, Any]:
    """Return the body of the event; `text` is the library's own line where that says more."""
    found: dict[str, Any]
    match stop:
        case trapline.BreakpointHit(breakpoints=hit):
            found = session.wishes.hit(stop, hit)
        case trapline.WatchpointHit(changes=changes):
            found = {
                "reason": "data breakpoint",
                "description": "Paused on data breakpoint",
                "text": "; ".join(
                    f"{session.wishes.name_of(one.watchpoint)}: {one.old} -> {one.new}" for one in changes
                ),
                "hitBreakpointIds": [
                    *(one.watchpoint.id for one in changes),
                    *(one.id for one in stop.breakpoints),
                ],
            }
        case trapline.WatchpointEnded(ended_watchpoints=ended):
            blocks = [f"`{session.wishes.name_of(one)}`" for one in ended]
            found = {
                "reason": "data breakpoint",
                "description": f"Paused: the block of {', '.join(blocks)} has ended",
            }
        case trapline.StepFinished() | trapline.FunctionFinished():
            found = {"reason": "step", "description": "Paused after step"}
        case trapline.Interrupted():
            found = dict(PAUSED)
        case trapline.SignalReceived(signal=number, reason=reason):
            policy = session.program.handle_signal(number)
            found = {
                "reason": "exception",
                "description": f"Paused on {policy.name}: {policy.text}",
                "text": f"{policy.name}: {reason}" if reason else policy.name,
            }
        case trapline.ExceptionThrown():
            found = exceptions.body(stop)
        case trapline.Aborting():
            found = exceptions.aborting(stop)
        case trapline.LibraryLoaded(modules=loaded, unloaded=unloaded):
            names = ", ".join(one.name for one in loaded or unloaded)
            found = {
                "reason": "exception",
                "description": f"Paused on library {'loaded' if loaded else 'unloaded'}",
                "text": names,
            }
        case _:
            found = {"reason": "exception", "description": f"Paused: {stop}", "text": type(stop).__name__}
    if isinstance(stop, Caught) and stop.catchpoints:
        found["hitBreakpointIds"] = [one.id for one in stop.catchpoints]
    if stop.thread is not None:
        found["threadId"] = stop.thread.tid
    return found
