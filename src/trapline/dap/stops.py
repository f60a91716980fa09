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
        case trapline.WatchpointHit(watchpoint=watchpoint, old=old, new=new):
            found = {
                "reason": "data breakpoint",
                "description": "Paused on data breakpoint",
                "text": f"{session.wishes.name_of(watchpoint)}: {old} -> {new}",
                "hitBreakpointIds": [watchpoint.id],
            }
        case trapline.WatchpointEnded(watchpoint=watchpoint):
            found = {
                "reason": "data breakpoint",
                "description": f"Paused: the block of `{session.wishes.name_of(watchpoint)}` has ended",
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
