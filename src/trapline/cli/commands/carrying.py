"""Points go over to the next program: `attach` and `file` set those of the last one again."""

from __future__ import annotations

import io

from trapline.base.errors import DebuggerError
from trapline.base.typing import TYPE_CHECKING
from trapline.cli.commands import saving
from trapline.cli.commands.points import points
from trapline.cli.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trapline.cli.session import Session
    from trapline.inferior import Inferior


def take(session: Session, inferior: Inferior) -> None:
    """Go on with another program and the points of the last one, under their numbers.

    What cannot be set again is told: a point, or what was said of one. Without its condition it is disabled.
    """
    last = session.inferior
    known = points(session) if last is not None else []
    following = last.next_point_number if last is not None else 1
    kept = [(one.id, saving.commands(session, one)) for one in known]
    session.take(inferior)
    for number, lines in kept:
        if lines[0].startswith("#"):
            text = lines[0].removeprefix("# ")
            session.render.line(text[0].upper() + text[1:])
            continue
        inferior.number_points_from(number)
        _set(session, number, lines)
    inferior.number_points_from(following)


def _is_there(session: Session, number: int) -> bool:
    return any(one.id == number for one in points(session))


def _set(session: Session, number: int, lines: Sequence[str]) -> None:
    """Run the commands of one point unseen; those behind the first are about it, so it has to be there."""
    source = Lines(f"breakpoint {number}", lines)
    problems: list[str] = []
    session.sourcing.append(source)
    try:
        with session.render.captured(errors=io.StringIO()):
            for line in source:
                try:
                    session.run(line.strip())
                except DebuggerError as error:
                    if line.startswith("  condition $"):
                        session.run(f"disable {number}")
                        problems.append(f"{number} is disabled: {error}")
                    elif not _is_there(session, number):
                        problems.append(f"{number} is not set again: {error}")
                        break
                    else:
                        problems.append(f"{number} is not as it was: {error}")
    finally:
        session.sourcing.pop()
    for problem in problems:
        session.render.error(problem)
