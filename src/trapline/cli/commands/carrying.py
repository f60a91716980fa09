"""Points go over to the next program: `attach` and `file` set those of the last one again."""

from __future__ import annotations

import io

from trapline.base.errors import DebuggerError
from trapline.base.typing import TYPE_CHECKING
from trapline.cli.commands import saving
from trapline.cli.commands.points import points
from trapline.cli.lines import Lines

if TYPE_CHECKING:
    from trapline.cli.session import Session
    from trapline.inferior import Inferior


def take(session: Session, inferior: Inferior) -> None:
    """Go on with another program and the points of the last one, under their numbers.

    One that means nothing there, or cannot be set, is told and left out.
    """
    known = points(session) if session.inferior is not None else []
    kept = [(one.id, saving.commands(session, one)) for one in known]
    session.take(inferior)
    for number, lines in kept:
        if lines[0].startswith("#"):
            session.render.line(lines[0].removeprefix("# ").capitalize())
            continue
        inferior.number_points_from(number)
        problem = _run(session, Lines(f"breakpoint {number}", lines))
        if problem is not None and all(one.id != number for one in points(session)):
            session.render.error(f"{number} is not set again: {problem}")


def _run(session: Session, lines: Lines) -> DebuggerError | None:
    """Run the commands of one point unseen; what fails of them takes nothing from the rest."""
    problem = None
    session.sourcing.append(lines)
    try:
        with session.render.captured(errors=io.StringIO()):
            for line in lines:
                try:
                    session.run(line.strip())
                except DebuggerError as error:
                    problem = problem or error
    finally:
        session.sourcing.pop()
    return problem
