"""What to stop at: lines, functions, instructions, data and exceptions."""

from __future__ import annotations

from trapline.base.errors import DebuggerError, UsageError
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.dap import exceptions, sources, wishes
from trapline.dap.arguments import Arguments, BadArgument
from trapline.dap.handlers.variables import frame_of
from trapline.dap.problems import one_line
from trapline.dap.requests import PROCESS, STOPPED, request
from trapline.dap.wishes import Wish

if TYPE_CHECKING:
    from trapline.dap.messages import Breakpoint
    from trapline.dap.session import Session
    from trapline.inspection.value import Value

_LONGEST = 10_000  # lines that `breakpointLocations` looks at
_WATCHED = 32  # bytes that four debug registers cover


def _path(session: Session, arguments: Arguments) -> str:
    """Return what the compiler called the source file of a request."""
    source = arguments.object("source")
    if "path" not in source:
        raise BadArgument("the source must have a path; code without a file has instruction breakpoints")
    return session.paths.compiled(source.text("path"))


@request("setBreakpoints", needs=PROCESS)
def set_breakpoints(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Put the breakpoints of one source file in the place of those that it had."""
    lines = arguments.values.get("lines")
    elements = arguments.items("breakpoints")
    if not elements and isinstance(lines, list):
        elements = [Arguments({"line": line}) for line in lines]
    number = sources.reference(arguments)
    if number:
        return {"breakpoints": _set_in_disassembly(session, arguments, number, elements)}
    path = _path(session, arguments)
    wanted = [
        Wish.read(wishes.LINES, f"{path}:{session.client.our_line(one.integer('line'))}", one)
        for one in elements
    ]
    answers = session.wishes.replace(f"{wishes.LINES} {path}", wanted, session.wishes.set_breakpoint)
    for answer, one in zip(answers, elements, strict=True):
        answer.setdefault("line", one.integer("line"))
        answer.setdefault("source", {"path": arguments.object("source").text("path")})
    return {"breakpoints": answers}


def _set_in_disassembly(
    session: Session, arguments: Arguments, number: int, elements: list[Arguments]
) -> list[Breakpoint]:
    """Put breakpoints at lines of a text of instructions in the place of those that it had."""
    addresses = session.disassembly.lines_of(number)

    def make(wish: Wish) -> Any:
        line = wish.where[1]
        if not 0 < line <= len(addresses):
            raise UsageError(f"there is no line {line} in this text of {len(addresses)} instructions")
        return session.wishes.set_breakpoint(wish._replace(where=addresses[line - 1]))

    wanted = [
        Wish.read(wishes.LINES, (number, session.client.our_line(one.integer("line"))), one)
        for one in elements
    ]
    answers = session.wishes.replace(f"{wishes.LINES} {number}", wanted, make)
    for answer, one in zip(answers, elements, strict=True):
        # The editor shows the text, wherever else the code is from.
        answer["line"] = one.integer("line")
        answer["source"] = arguments.object("source").values  # type: ignore[typeddict-item]  # as it was sent
    return answers


@request("setFunctionBreakpoints", needs=PROCESS)
def set_function_breakpoints(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Put these functions in the place of all that were stopped at by name."""
    wanted = [Wish.read(wishes.FUNCTIONS, one.text("name"), one) for one in arguments.items("breakpoints")]
    return {"breakpoints": session.wishes.replace(wishes.FUNCTIONS, wanted, session.wishes.set_breakpoint)}


@request("setInstructionBreakpoints", needs=PROCESS)
def set_instruction_breakpoints(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Put these addresses in the place of all that were stopped at."""
    wanted = [
        Wish.read(wishes.INSTRUCTIONS, (one.text("instructionReference"), one.integer("offset", 0)), one)
        for one in arguments.items("breakpoints")
    ]

    def make(wish: Wish) -> Any:
        # Only here, so that a reference that is none fails alone.
        reference, offset = wish.where
        start = Arguments({"instructionReference": reference}).address("instructionReference")
        return session.wishes.set_breakpoint(wish._replace(where=start + offset))

    return {"breakpoints": session.wishes.replace(wishes.INSTRUCTIONS, wanted, make)}


@request("breakpointLocations", needs=PROCESS)
def breakpoint_locations(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Give the lines of a range that have code."""
    line = session.client.our_line(arguments.integer("line"))
    last = session.client.our_line(arguments.integer("endLine", arguments.integer("line")))
    last = min(last, line + _LONGEST)
    number = sources.reference(arguments)
    if number:
        lines = range(max(line, 1), min(last, len(session.disassembly.lines_of(number))) + 1)
        return {"breakpoints": [{"line": session.client.line(one)} for one in lines]}
    path = _path(session, arguments)
    found: list[dict[str, Any]] = []
    while line <= last:
        session.check_cancelled()
        row = session.program.line_row(path, line)
        if row is None or row.source.line > last:
            break
        line = max(row.source.line, line)
        found.append({"line": session.client.line(line)})
        line += 1
    return {"breakpoints": found}


@request("dataBreakpointInfo", needs=STOPPED)
def data_breakpoint_info(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Tell whether a variable or an expression can be watched; `dataId` is its place in memory."""
    name = arguments.text("name")
    try:
        value = _named(session, arguments, name)
        found = _watchable(value, name)
    except DebuggerError as error:
        return {"dataId": None, "description": f"{name}: {one_line(error)}"}
    session.wishes.data_names[found["dataId"]] = name
    return found


def _named(session: Session, arguments: Arguments, name: str) -> Value:
    if "variablesReference" in arguments and arguments.integer("variablesReference") > 0:
        container = session.containers[arguments.integer("variablesReference")]
        return container.item(name).value.again().referent()
    frame = frame_of(session, arguments)
    return session.program.evaluate(name, frame, without_effects=True).referent()


def _watchable(value: Value, name: str) -> dict[str, Any]:
    address, size = value.address, value.size
    if address is None:
        raise UsageError("it is not in memory, so it cannot be watched")
    if not 0 < size <= _WATCHED:
        raise UsageError(
            f"the debug registers watch {_WATCHED} bytes at most, not {size}; watch a part of it"
        )
    return {
        "dataId": f"{address:#x},{size}",
        "description": f"{name} ({size} bytes at {address:#x})",
        "accessTypes": ["read", "write", "readWrite"],
    }


@request("setDataBreakpoints", needs=PROCESS)
def set_data_breakpoints(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Put these places of memory in the place of all that were watched."""
    wanted = [
        Wish.read(wishes.DATA, (one.text("dataId"), one.text("accessType", "write")), one)
        for one in arguments.items("breakpoints")
    ]
    return {"breakpoints": session.wishes.replace(wishes.DATA, wanted, session.wishes.set_watchpoint)}


@request("setExceptionBreakpoints", needs=PROCESS)
def set_exception_breakpoints(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Put these filters in the place of all that were in force."""
    wanted = [(name, "") for name in arguments.texts("filters")]
    wanted += [
        (one.text("filterId"), one.text("condition", "").strip()) for one in arguments.items("filterOptions")
    ]
    return {"breakpoints": exceptions.set_filters(session, wanted)}
