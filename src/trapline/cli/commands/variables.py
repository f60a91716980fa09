"""The variables of a frame: info locals, info args."""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING
from trapline.cli.commands.data import options
from trapline.cli.registry import command

if TYPE_CHECKING:
    from trapline.cli.session import Session
    from trapline.inspection.variables import Variables

TOPIC = "Stack"


@command("info locals", topic=TOPIC)
def info_locals(session: Session) -> None:
    """Print the local variables of the selected frame, those of the innermost block first."""
    session.note(locals=session.process.frame.locals)
    if not tell(session, session.process.frame.locals):
        session.render.line(_none(session, "locals"))


@command("info args", topic=TOPIC)
def info_args(session: Session) -> None:
    """Print the arguments of the selected frame."""
    session.note(arguments=session.process.frame.arguments)
    if not tell(session, session.process.frame.arguments):
        session.render.line(_none(session, "arguments"))


def _none(session: Session, what: str) -> str:
    frame = session.process.frame
    if frame.location is None:
        return f"No symbol table info available: {frame.function or 'this code'} has no debug information."
    return f"No {what}."


def tell(session: Session, variables: Variables, indent: str = "") -> bool:
    """Print `name = value` a line for each variable, shadowed ones too; False when there is none."""
    shown = False
    for block in variables.blocks:
        for variable in block:
            if variable.name is None:
                continue
            text = variables.value(variable).format(top=False, **options(session))
            session.render.text("\n".join(indent + line for line in f"{variable.name} = {text}".split("\n")))
            shown = True
    return shown
