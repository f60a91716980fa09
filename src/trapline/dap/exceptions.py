"""Exceptions as the protocol has them: C++ throws and catches, Rust panics, signals."""

from __future__ import annotations

import re

import trapline
from trapline.base.errors import UsageError
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.control.events import Caught
from trapline.dap import wishes
from trapline.dap.exception_filters import FILTERS, SIGNALS
from trapline.dap.wishes import Wish

if TYPE_CHECKING:
    from trapline.control.events import Stop
    from trapline.dap.messages import Breakpoint
    from trapline.dap.session import Session

_ABORTS = {"assert": "failed assertion", "abort": "call of abort()"}
_SAID = {"throw": "C++ exception", "rethrow": "C++ exception thrown again", "catch": "caught C++ exception"}


def set_filters(session: Session, wanted: list[tuple[str, str]]) -> list[Breakpoint]:
    """Put filters, each with its condition or "", in the place of all that were in force."""
    caught = [Wish(wishes.EXCEPTIONS, name, condition) for name, condition in wanted if name != SIGNALS]
    answers = iter(session.wishes.replace(wishes.EXCEPTIONS, caught, lambda wish: _catch(session, wish)))
    signals = [condition for name, condition in wanted if name == SIGNALS]
    problem = _stop_at_signals(session, signals)
    on_signals: Breakpoint = {"verified": not problem}
    if problem:
        on_signals["message"] = problem
    return [on_signals if name == SIGNALS else next(answers) for name, _ in wanted]


def _catch(session: Session, wish: Wish) -> Any:
    known = [one["filter"] for one in FILTERS]
    if wish.where not in known:
        raise UsageError(f"there is no filter {wish.where!r:.60}; there are {', '.join(known)}")
    return session.program.set_catchpoint(wish.where, *([wish.condition] if wish.condition else []))


def _stop_at_signals(session: Session, conditions: list[str]) -> str:
    """Have the signals stop that the client wants; why that cannot be is returned, "" as a rule."""
    inferior = session.program
    before = session.changed_signals
    if conditions == [""] and not before:
        return ""
    names = {one for text in conditions for one in re.split(r"[\s,]+", text) if one}
    try:
        wanted = {inferior.handle_signal(name).number for name in names}
    except UsageError as error:
        return str(error)
    for number in before:
        inferior.handle_signal(number, stop=True)
    session.changed_signals = set()
    if "" in conditions:
        return ""
    for number in _stopping(session) - wanted:
        inferior.handle_signal(number, stop=False)
        session.changed_signals.add(number)
    return ""


def _stopping(session: Session) -> set[int]:
    """Return the signals that stop; not those that are a debugger's own."""
    import signal

    numbers = {int(one) for one in signal.Signals} - {signal.SIGTRAP, signal.SIGINT}
    return {number for number in numbers if session.program.handle_signal(number).stop}


def aborting(stop: Any) -> dict[str, Any]:
    """Return the body of `stopped` for a program that is about to end itself."""
    what = _ABORTS[stop.kind]
    return {
        "reason": "exception",
        "description": f"Paused on {what}",
        "text": f"{what}: {stop.reason}" if stop.reason else what,
    }


def body(stop: Any) -> dict[str, Any]:
    """Return the body of `stopped` for an exception."""
    what = _SAID.get(stop.kind, "Rust panic")
    message = f": {stop.message}" if stop.message is not None else ""
    return {
        "reason": "exception",
        "description": f"Paused on {what}",
        "text": f"{stop.type}{message}" if stop.kind in _SAID else f"panic{message}",
    }


def info(session: Session, stop: Stop) -> dict[str, Any]:
    """Return the body of the answer to `exceptionInfo`.

    Raises:
        UsageError: the program has not stopped with an exception.
    """
    match stop:
        case trapline.ExceptionThrown(type=type_, message=message):
            details: dict[str, Any] = {"typeName": type_, "fullTypeName": type_}
            if message is not None:
                details["message"] = message
            return {
                "exceptionId": type_,
                "description": message if message is not None else str(stop),
                "breakMode": "always",
                "details": details,
            }
        case trapline.Aborting(kind=kind, reason=reason):
            return {
                "exceptionId": kind,
                "description": reason or str(stop),
                "breakMode": "always",
                "details": {"message": reason or str(stop), "typeName": _ABORTS[kind]},
            }
        case trapline.SignalReceived(signal=number, address=address, reason=reason):
            policy = session.program.handle_signal(number)
            where = f", accessing {address:#x}" if address is not None else ""
            return {
                "exceptionId": policy.name,
                "description": reason or f"{policy.text}{where}",
                "breakMode": "always",
                "details": {"message": str(stop), "typeName": policy.name},
            }
        case Caught(catchpoints=(caught, *_)):
            return {"exceptionId": caught.kind, "description": str(stop), "breakMode": "always"}
    raise UsageError(f"this is no exception: {stop}")
