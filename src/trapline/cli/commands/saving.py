"""`save breakpoints`: all points as the commands that set them again."""

from __future__ import annotations

import re

import trapline
from trapline.base.typing import TYPE_CHECKING
from trapline.cli.commands.points import TOPIC, Point, points
from trapline.cli.registry import CommandError, command
from trapline.cli.stops import catch_words, watch_text

if TYPE_CHECKING:
    from trapline.cli.session import Session


@command("save breakpoints FILE...", topic=TOPIC, needs="inferior")
def save_breakpoints(session: Session, file: str) -> None:
    """Write all break-, watch- and catchpoints to a file as commands, which `source FILE` reads back.

    Conditions, counts, commands and what is disabled are kept; watchpoints on local variables, and that a
    breakpoint was for one thread, are not: they mean nothing in another run.
    """
    known = points(session)
    if not known:
        session.render.line("Nothing to save.")
        return
    lines = [line for one in known for line in _saved(session, one)]
    try:
        with open(file, "w", encoding="utf-8", errors="surrogateescape") as stream:
            stream.write("".join(f"{line}\n" for line in lines))
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}.") from None
    session.render.line(f"Saved to file '{file}'.")


def _saved(session: Session, one: Point) -> list[str]:
    """Return the commands that set one of them again."""
    match one:
        case trapline.Breakpoint():
            lines = _breakpoint(session, one)
        case trapline.Watchpoint(is_local=True):
            return [f"# watchpoint {one.id} was on a local variable: {watch_text(one)}"]
        case trapline.Watchpoint():
            name = {"write": "watch", "read": "rwatch", "read_write": "awatch"}[one.access]
            lines = [f"{name} {_watched(one)}"]
        case _:
            verb = "tcatch" if one.temporary else "catch"
            lines = [f"{verb} {one.kind} {catch_words(one)}".rstrip()]
    if one.condition is not None:
        lines.append(f"  condition $bpnum {one.condition}")
    if one.ignore_count:
        lines.append(f"  ignore $bpnum {one.ignore_count}")
    script = session.scripts.lines.get(one.id)
    if script:
        lines += ["  commands", *(f"    {line}" for line in script), "  end"]
    if not one.enabled:
        lines.append("disable $bpnum")
    return lines


def _breakpoint(session: Session, one: trapline.Breakpoint) -> list[str]:
    where = f"*{one.spec:#x}" if isinstance(one.spec, int) else one.shown
    printed = session.scripts.printed.get(one.id)
    if printed is not None:
        lines = [f"dprintf {where},{printed}"]
    elif one.log is not None:
        lines = [f"logpoint {re.sub(r'(?<=,) ', '', where)} {one.log}"]
    else:
        verb = "tbreak" if one.temporary else "hbreak" if one.hardware else "break"
        lines = [f"{verb} {where}"]
    if one.thread_id is not None:
        lines.insert(0, f"# breakpoint {one.id} was for one thread only")
    if one.hit_condition is not None:
        lines.append(f"  condition -hit $bpnum {one.hit_condition}")
    if one.stops_left is not None and one.enabled:
        lines.append(f"  enable count {one.stops_left} $bpnum")
    lines += [f"  disable $bpnum.{place.number}" for place in one.locations if not place.wanted]
    return lines


def _watched(one: trapline.Watchpoint) -> str:
    """Return the expression of a watchpoint; a place without one is an array of bytes."""
    text = watch_text(one)
    return f"*(char (*)[{one.length}]) {one.address:#x}" if text == f"*{one.address:#x}" else text
