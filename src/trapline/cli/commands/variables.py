"""The variables of a frame: info locals, info args, variables."""

from __future__ import annotations

from collections.abc import Iterator

from trapline.base.patterns import compiled
from trapline.base.typing import TYPE_CHECKING
from trapline.cli.commands.data import options
from trapline.cli.registry import command
from trapline.cli.render import variable as highlighted
from trapline.cli.selection import Selection

if TYPE_CHECKING:
    from trapline.cli.session import Session
    from trapline.inspection.value import Value
    from trapline.inspection.variables import Variables

TOPIC = "Stack"
_OPTIONS = ("-q", "-t")


@command("info locals [REGEXP...]", topic=TOPIC, options=_OPTIONS)
def info_locals(session: Session, regexp: str) -> None:
    """Print the local variables of the selected frame, those of the innermost block first.

    REGEXP is found in the names of those that are printed; before it `-t TYPE` is one for their types, and
    `-q` says nothing where there are none.
    """
    session.note(locals=session.process.frame.locals)
    _tell_selected(session, session.process.frame.locals, "locals", regexp)


@command("info args [REGEXP...]", topic=TOPIC, options=_OPTIONS)
def info_args(session: Session, regexp: str) -> None:
    """Print the arguments of the selected frame; REGEXP, `-t TYPE` and `-q` as in `info locals`."""
    session.note(arguments=session.process.frame.arguments)
    _tell_selected(session, session.process.frame.arguments, "args", regexp)


def _tell_selected(session: Session, variables: Variables, name: str, text: str) -> None:
    asked = Selection.parse(text, f"info {name}", _OPTIONS)
    if tell(session, variables, asked=asked) or asked.is_quiet:
        return
    matching = "matching " if asked.pattern or asked.type else ""
    session.render.line(_none(session, matching + ("locals" if name == "locals" else "arguments")))


@command("variables", topic=TOPIC)
def variables(session: Session) -> None:
    """Print the arguments and local variables of the selected frame, each with its place in memory."""
    frame = session.process.frame
    session.note(arguments=frame.arguments, locals=frame.locals)
    found = [*_meant(frame.arguments, None), *_meant(frame.locals, None)]
    for name, value in found:
        address = value.storage.address
        place = "in no memory" if address is None else f"{address:#x}"
        session.render.text(f"{name} ({place}) = {value.format(top=False, **options(session))}")
    if not found:
        session.render.line(_none(session, "variables"))


def _none(session: Session, what: str) -> str:
    frame = session.process.frame
    if frame.location is None:
        return f"No symbol table info available: {frame.function or 'this code'} has no debug information."
    return f"No {what}."


def tell(session: Session, variables: Variables, indent: str = "", *, asked: Selection | None = None) -> bool:
    """Print `name = value` a line for each variable, shadowed ones too; False when there is none."""
    shown = False
    for name, value in _meant(variables, asked):
        text = value.format(top=False, **options(session))
        session.render.value(highlighted(name), text, indent)
        shown = True
    return shown


def _meant(variables: Variables, asked: Selection | None) -> Iterator[tuple[str, Value]]:
    """Yield the names and values of variables, all or those that are asked for by name and type."""
    by_name = compiled(asked.pattern).search if asked is not None and asked.pattern else None
    by_type = compiled(asked.type).search if asked is not None and asked.type else None
    for block in variables.blocks:
        for variable in block:
            if variable.name is None or (by_name is not None and not by_name(variable.name)):
                continue
            value = variables.value(variable)
            if by_type is None or by_type(str(value.type)):
                yield variable.name, value
