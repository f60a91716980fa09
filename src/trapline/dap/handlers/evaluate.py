"""Expressions, and the command line in the editor's console."""

from __future__ import annotations

import re

import trapline
from trapline.base.errors import DebuggerError, InferiorExited, StaleError, UsageError
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.dap import events, running, showing
from trapline.dap.handlers.variables import frame_of, is_hexadecimal
from trapline.dap.problems import Refused, one_line
from trapline.dap.requests import NOTHING, PROGRAM, STOPPED, request

if TYPE_CHECKING:
    from trapline.dap.arguments import Arguments
    from trapline.dap.messages import CompletionItem
    from trapline.dap.session import Session
    from trapline.inspection.frame import Frame

_OPERATED = re.compile(r"[A-Za-z_]\w*\s*($|[.\[+*&|^%=<>?!,)-])")
_SPACED_ARGUMENT = re.compile(r"[A-Za-z_]\w*\s+[*&-]\S")
_AS_ELSEWHERE = "-exec "  # what the adapter of gdb in VS Code wants before a command
_LONGEST = 2000  # characters of what is written in a console; more is no line of a person's
_OFFERED = 200  # names; more help nobody


@request("evaluate", needs=NOTHING)
def evaluate(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Give the value of an expression; in the console also run a command, or give the program input.

    `hover` neither calls functions nor assigns.
    """
    if session.undebugged is None:
        session.require(PROGRAM)
    context = arguments.text("context", "")
    expression = arguments.text("expression")
    if context == "repl" and expression.startswith(">"):
        return _input(session, expression[1:])
    session.require(PROGRAM)
    if context == "repl" and session.running:
        raise UsageError("the program runs: >TEXT gives it a line of input; pause it for anything else")
    if context == "repl":
        expression = expression.removeprefix(_AS_ELSEWHERE)
    else:
        session.require(STOPPED)
    is_alive = session.program.state == trapline.State.STOPPED
    frame = _frame(session, arguments, context) if is_alive else None
    if context == "repl" and not _means_variable(session, expression, frame):
        if session.console.knows(expression):
            return _command(session, expression)
    if context == "clipboard":
        return {"result": str(session.program.evaluate(expression, frame)), "variablesReference": 0}
    try:
        value = session.program.evaluate(expression, frame, without_effects=context == "hover")
    except DebuggerError as error:
        # What the mouse happens to be over need be no expression; nobody asked to be told so.
        raise Refused(one_line(error)) from None
    return showing.result(session, value, expression, hexadecimal=is_hexadecimal(arguments))


def _frame(session: Session, arguments: Arguments, context: str) -> Frame | None:
    """Return the frame that a request is about, None for the selected one.

    A line of the console may come with a frame of the stop before; the client did not ask for new ones yet.
    """
    try:
        return frame_of(session, arguments)
    except StaleError:
        if context != "repl":
            raise
        return None


def _input(session: Session, line: str) -> dict[str, Any]:
    if session.is_over:
        raise InferiorExited("the program has ended")
    if session.files is None or not session.files.write_input(f"{line}\n"):
        raise UsageError("the program's input is not ours to write to")
    return {"result": "", "variablesReference": 0}


def _means_variable(session: Session, text: str, frame: Frame | None) -> bool:
    """Whether a line begins with a variable of the frame and goes on as an expression does, not a command.

    `n`, `x + 1` and `p->next` are what they look like to who sees the source, where `n`, `x` and `p` are
    variables there; `p x`, `x/4x $sp` and `b *main` are commands.
    """
    text = text.strip()
    if frame is None or not _OPERATED.match(text) or _SPACED_ARGUMENT.match(text):
        return False
    name = re.match(r"\w+", text)
    return name is not None and (name[0] in frame.locals or name[0] in frame.arguments)


def _command(session: Session, line: str) -> dict[str, Any]:
    inferior = session.program
    pid, was_alive = inferior.pid, inferior.state == trapline.State.STOPPED
    stack = inferior.thread.frames() if was_alive else None
    succeeded, text = session.console.run_line(line)
    session.wishes.learn_from(inferior)
    if inferior.pid != pid:
        # `run` has started it again.
        session.forget_stop()
        if inferior.stop is None:
            # `starti`, behind which nothing ran that the client would have heard of.
            events.tell_new_process(session)
            running.tell_entry(session)
    elif was_alive and inferior.state != trapline.State.STOPPED and not session.is_over:
        running.tell_end(session)
    elif stack is not None and inferior.state == trapline.State.STOPPED:
        if inferior.thread.frames() is not stack:
            session.tell_invalidated("all")
    if not succeeded:
        raise Refused(text.strip() or "the command failed")
    return {"result": text.rstrip("\n"), "variablesReference": 0}


@request("completions", needs=PROGRAM)
def completions(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Give what can stand where the cursor is: commands, variables of the frame, names of the program."""
    text = arguments.text("text")
    if session.running or len(text) > _LONGEST:
        return {"targets": []}
    column = max(arguments.integer("column", 1) - session.client.first_column, 0)
    lines = text.split("\n")
    number = arguments.integer("line", session.client.first_line) - session.client.first_line
    before = lines[min(max(number, 0), len(lines) - 1)][:column]
    frame = frame_of(session, arguments)
    found: dict[str, CompletionItem] = {}

    def add(text: str, length: int, kind: str) -> None:
        item: CompletionItem = {"label": text, "type": kind, "length": length}
        if not session.client.is_vscode:
            item["start"] = column - length + session.client.first_column
        item["sortText"] = f"{len(found):03}"  # else editors sort by name, and ours come first
        found.setdefault(text, item)

    names = session.program.completions(before, frame, most=_OFFERED)
    functions = {one.text: one for one in names if one.kind == "function"}
    for one in names:
        if one.kind != "function":
            add(one.text, one.length, one.kind)
    for text, length in session.console.complete(before):
        if text not in functions:
            add(text, length, "text")
    # Last, since a library has hundreds that begin with any letter.
    for one in functions.values():
        add(one.text, one.length, "function")
    return {"targets": list(found.values())}
