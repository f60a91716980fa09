"""What commands find, as JSON has it: stops, frames, variables, values, break-, watch- and catchpoints.

Addresses and registers are texts of hexadecimal digits, because many readers of JSON keep 53 bits of a
number.  `docs/reference/json.md` has the fields in a table.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import trapline
from trapline.base.errors import DebuggerError
from trapline.base.location import SourceLocation
from trapline.base.typing import Any
from trapline.cli.stops import catch_names, watch_text
from trapline.inspection import parts, scalars
from trapline.inspection.value import Value
from trapline.inspection.variables import Variables

_NODES = 1000
"""Scalars and containers in the `data` of one value; a value with more has only its text."""
_DEPTH = 16
_PLACES = ("address", "cfa")
"""Fields of stops that are load addresses."""


def fact(thing: Any, style: dict[str, Any]) -> Any:
    """Return a thing of the library's as JSON has it.

    Args:
        thing: a stop, frame, thread, value, point, exit status, plain data, or a container of such.
        style: how values are written, as `Value.format` takes it.
    """
    match thing:
        case None | bool() | int() | str():
            return thing
        case Value():
            return _value(thing, style)
        case trapline.Stop():
            return _stop(thing, style)
        case trapline.Frame():
            return _frame(thing, style)
        case trapline.Thread():
            return {"number": thing.number, "tid": thing.tid, "name": _name(thing)}
        case Variables():
            return [{"name": name, **_value(value, style)} for name, value in _all(thing)]
        case trapline.Breakpoint() | trapline.Watchpoint() | trapline.Catchpoint():
            return _point(thing)
        case trapline.ExitStatus():
            return {"code": thing.code, "signal": thing.signal}
        case SourceLocation():
            return _where(thing)
        case Mapping():
            return {str(name): fact(one, style) for name, one in thing.items()}
        case list() | tuple():
            return [fact(one, style) for one in thing]
        case _:
            return str(thing)


def _all(variables: Variables) -> Iterator[tuple[str, Value]]:
    """Give the variables of all blocks, shadowed ones too, as `info locals` lists them."""
    for block in variables.blocks:
        for variable in block:
            if variable.name is not None:
                yield variable.name, variables.value(variable)


def _name(thread: trapline.Thread) -> str | None:
    try:
        return thread.name
    except DebuggerError:
        return None  # it has ended


def _where(location: SourceLocation | None) -> dict[str, Any]:
    return {"file": location.path, "line": location.line} if location is not None else {}


# -- stops and frames ------------------------------------------------------------------------------


def _stop(stop: trapline.Stop, style: dict[str, Any]) -> dict[str, Any]:
    """Return a stop: the name of its class, and the fields that this class has; its own `reason` is `why`."""
    found: dict[str, Any] = {"reason": type(stop).__name__, "text": str(stop)}
    for name in stop.__match_args__:
        thing = getattr(stop, name)
        if name == "status":
            found |= fact(thing, style)
        elif name == "reason":
            found["why"] = thing or None
        elif name in ("breakpoints", "numbers") and not thing:
            continue
        elif name == "changes":
            found[name] = [
                {"watchpoint": one.watchpoint.id, "old": fact(one.old, style), "new": fact(one.new, style)}
                for one in thing
            ]
        elif name in ("breakpoints", "watchpoint"):
            found[name] = [one.id for one in thing] if name == "breakpoints" else thing.id
        elif name in _PLACES:
            found[name] = None if thing is None else f"{thing:#x}"
        elif name in ("modules", "unloaded"):
            found[name] = [module.path for module in thing]
        elif name == "child":
            found[name] = getattr(thing, "pid", thing)
        elif name != "condition_errors":
            found[name] = fact(thing, style)
    for name in ("catchpoints", "condition_errors", "ended_watchpoints"):
        if things := getattr(stop, name, ()):
            found[name] = fact(things, style) if name == "condition_errors" else [one.id for one in things]
    if found.get("signal") is not None:
        found["signal"] = stop.inferior.handle_signal(found["signal"]).name
    found["thread"] = fact(stop.thread, style)
    try:
        found["frame"] = fact(stop.frame, style)
    except DebuggerError:
        found["frame"] = None  # a callback has let the program go on
    return found


def _frame(frame: trapline.Frame, style: dict[str, Any]) -> dict[str, Any]:
    module = frame.module
    return {
        "level": frame.level,
        "address": f"{frame.pc:#x}",
        "function": frame.function,
        **(_where(frame.location) or {"file": None, "line": None}),
        "module": module.path if module is not None else None,
        "inline": frame.is_inline,
        "arguments": fact(frame.arguments, style),
    }


# -- values ----------------------------------------------------------------------------------------


def _value(value: Value, style: dict[str, Any]) -> dict[str, Any]:
    """Return type, text and, where it is not too much, content of a value; or why there is none."""
    found: dict[str, Any] = {"type": str(value.type)}
    try:
        if value.unavailable is not None:
            return found | {"text": None, "unavailable": value.unavailable}
        found["text"] = value.format(top=False, **style)
        return found | {"data": _data(value, 0, [_NODES])}
    except DebuggerError as error:
        return found | {"text": None, "unavailable": str(error)} if "text" not in found else found
    except _TooMuch:
        return found


class _TooMuch(Exception):
    """A value has more parts than a line of JSON should have."""


def _data(value: Value, depth: int, left: list[int]) -> Any:
    """Return the content of a value: a number, text, true, null, an array or an object of such.

    Args:
        value: what to take apart; pointers are not followed but to text.
        depth: how far inside the whole it is.
        left: how many more parts the whole may have, counted down.

    Raises:
        DebuggerError: a part cannot be read.
        _TooMuch: it has too many parts, or is nested too deep.
    """
    left[0] -= 1
    size = parts.count(value)
    if depth > _DEPTH or size.named + size.indexed > left[0]:
        raise _TooMuch
    if value.unavailable is not None:
        return None
    if value.is_scalar or parts.is_plain(value) or not any(size):
        content = value.to_python()
        if isinstance(content, int) and scalars.kind(value.type) == scalars.POINTER:
            return f"{content:#x}"
        return _plain(content)
    found = [(name, part) for name, part, _, _ in parts.parts(value) if name != parts.RAW]
    if not found or (size.indexed and all(name == f"[{at}]" for at, (name, _) in enumerate(found))):
        text = value.to_python()
        if not found or isinstance(text, str):
            return _plain(text)
        return [_data(part, depth + 1, left) for _, part in found]
    return {name: _data(part, depth + 1, left) for name, part in found}


def _plain(content: Any) -> Any:
    """Return a scalar's content in a form that JSON has."""
    if isinstance(content, float) and not math.isfinite(content):
        return str(content)
    if content is None or isinstance(content, (bool, int, float, str)):
        return content
    return {} if content == {} else [] if content in ([], ()) else str(content)


# -- points ----------------------------------------------------------------------------------------


def _point(point: trapline.Breakpoint | trapline.Watchpoint | trapline.Catchpoint) -> dict[str, Any]:
    found: dict[str, Any] = {"number": point.id, "enabled": point.enabled, "hits": point.hit_count}
    if isinstance(point, trapline.Catchpoint):
        return found | {
            "kind": "catchpoint", "event": point.kind, "names": catch_names(point),
            "condition": point.condition,
        }  # fmt: skip
    if isinstance(point, trapline.Watchpoint):
        return found | {
            "kind": "watchpoint", "expression": watch_text(point), "access": point.access,
            "condition": point.condition,
        }  # fmt: skip
    return found | {
        "kind": "breakpoint",
        "location": point.shown,
        "condition": point.condition,
        "temporary": point.temporary,
        "pending": point.pending,
        "locations": [
            {
                "number": f"{point.id}.{one.number}",
                "address": f"{one.address:#x}",
                "function": one.function,
                **(_where(one.source) or {"file": None, "line": None}),
                "enabled": one.enabled,
            }
            for one in point.locations
        ],
    }
