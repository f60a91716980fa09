"""Commands that print for scripts: echo, printf, output."""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING
from trapline.cli import printf, registry
from trapline.cli.commands.data import evaluated, text_of
from trapline.cli.formats import Format
from trapline.cli.registry import command

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "Data"


@command("echo [TEXT...]", topic=TOPIC, needs="")
def echo(session: Session, text: str) -> None:
    r"""Print a text; `\n` in it is a new line, and nothing else ends the line."""
    session.render.piece(printf.unescaped(text))


@command("printf FORMAT...", topic=TOPIC, needs="")
def printf_(session: Session, format: str) -> None:  # noqa: A002 - what the user reads in the usage
    r"""Print values as C's printf does: `printf "%d of %s\n", n, name`."""
    session.render.piece(printf.formatted(session, format))


@command("eval FORMAT...", topic=TOPIC, needs="")
def eval_(session: Session, format: str) -> None:  # noqa: A002 - what the user reads in the usage
    r"""Run the command that `printf` would print: `eval "print $%d", 1`."""
    registry.run(session, printf.formatted(session, format).strip())


@command("output EXPRESSION...", topic=TOPIC, needs="", formats=True)
def output(session: Session, expression: str, form: str) -> None:
    """Print a value alone: no `$1 =` before it, no new line behind it, and it is not kept."""
    value = evaluated(session, expression)
    session.note(value=value)
    session.render.piece(text_of(session, value, Format.of_value("output", form)))
