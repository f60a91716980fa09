"""Letting the program run, and telling the client exactly once why it stopped."""

from __future__ import annotations

from collections.abc import Callable

import trapline
from trapline.base.errors import DebuggerError
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.dap import events, stops
from trapline.dap.problems import one_line

if TYPE_CHECKING:
    from trapline.control.events import Stop
    from trapline.dap.session import Session


def go(session: Session, resume: Callable[[], Any], *, alone: bool = False) -> Stop | None:
    """Let the program run until a stop that the client hears of, and return it.

    With `alone` only the selected thread runs.  None: it ended, or was stopped for what a request asked
    for, which the worker does next.
    """
    inferior = session.program
    session.forget_stop()
    session.running = True
    session.pause_asked = False
    stop: Stop | None = None
    problem = ""
    locking = inferior.scheduler_locking
    try:
        if alone:
            inferior.scheduler_locking = "on"
        while True:
            session.answer_arrivals()
            if session.has_pending or session.pause_asked:
                break
            stop = resume()
            if session.has_pending or stop is None:
                break
            if _is_told(session, stop) and not session.ending.passes(stop):
                break
            stop, resume = None, inferior.resume
    except DebuggerError as error:
        problem = one_line(error)
    finally:
        session.running = False
        inferior.scheduler_locking = locking
    if session.has_pending:
        return None
    if inferior.state in (trapline.State.EXITED, trapline.State.DETACHED):
        if problem and inferior.state == trapline.State.DETACHED:
            session.warn(problem)  # it became what cannot be debugged, a 32-bit program for instance
        tell_end(session)
        return stop
    if problem:
        session.warn(problem)
        tell_stop(session, {**stops.PAUSED, "text": problem})
    elif stop is None and session.pause_asked:
        tell_stop(session, dict(stops.PAUSED))
    elif stop is not None:
        if isinstance(stop, trapline.FunctionFinished) and stop.thread is not None:
            session.returned = stop.thread.tid, stop.value
        tell_stop(session, stops.body(session, stop))
    # A temporary breakpoint has gone with its hit, a watchpoint with the block of its variable.
    session.wishes.learn_from(inferior)
    return stop


def resume_for_console(session: Session, resume: Callable[[], Any]) -> Stop | None:
    """Let the program run for a command of the editor's console, which a client does not expect."""
    events.tell_new_process(session)
    session.event("continued", {"threadId": session.program.thread.tid, "allThreadsContinued": True})
    try:
        return go(session, resume)
    except Exception as error:
        tell_failure(session, error)
        return None


def _is_told(session: Session, stop: Stop) -> bool:
    """Whether the client is told of a stop; what is no matter of its is done with here."""
    if isinstance(stop, trapline.Exited):
        return stop.inferior is session.inferior or session.program.state == trapline.State.EXITED
    return session.children is None or not session.children.took(stop)


def tell_failure(session: Session, error: Exception) -> None:
    """Tell of what went wrong outside a request, and whether the program is stopped or over."""
    if isinstance(error, (DebuggerError, OSError)):
        session.warn(one_line(error))
    else:
        # A bug of ours must not end the user's session, and must not be hidden either.
        session.report_bug()
        session.warn(f"internal error: {type(error).__name__}: {one_line(error)}")
    if session.has_pending:
        return
    if session.inferior is not None and session.inferior.state == trapline.State.STOPPED:
        tell_stop(session, {**stops.PAUSED, "text": one_line(error)})
    elif session.inferior is not None and not session.is_over:
        tell_end(session)


def tell_stop(session: Session, body: dict[str, Any]) -> None:
    """Send `stopped`, behind all output that the program had written by then."""
    inferior = session.program
    session.flush_output()
    body.setdefault("threadId", inferior.thread.tid)
    body["allThreadsStopped"] = True
    session.event("stopped", body)


def tell_entry(session: Session) -> None:
    """Send `stopped` for a program that is at its first instruction."""
    tell_stop(session, {"reason": "entry", "description": "Paused on entry"})


def tell_end(session: Session) -> None:
    """Send `exited`, where there is a status, and `terminated`, behind all output of the program."""
    session.flush_output()
    session.forget_stop()
    session.is_over = True
    status = session.program.exit_status
    if status is not None:
        # As a shell counts those that a signal has ended.
        code = status.code if status.code is not None else 128 + (status.signal or 0)
        session.say(f"[process {session.program.pid} {status}]")
        session.event("exited", {"exitCode": code})
    session.event("terminated")
