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


_GONE = 0


@command("save breakpoints FILE...", topic=TOPIC, needs="inferior")
def save_breakpoints(session: Session, file: str) -> None:
    """Write all break-, watch- and catchpoints to a file as commands, which `source FILE` reads back.

    Conditions, counts, commands and what is disabled are kept. A breakpoint for one thread becomes one with
    the condition `$_thread == NUMBER`, which means a thread of another run that is not there yet as well;
    watchpoints on local variables mean nothing there and are left out, and so is what calls Python.
    """
    known = points(session)
    if not known:
        session.render.line("Nothing to save.")
        return
    lines = [line for one in known for line in commands(session, one)]
    try:
        with open(file, "w", encoding="utf-8", errors="surrogateescape") as stream:
            stream.write("".join(f"{line}\n" for line in lines))
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}.") from None
    session.render.line(f"Saved to file '{file}'.")


def commands(session: Session, one: Point) -> list[str]:
    """Return the commands that set a point again; a comment where it would mean nothing in another run."""
    thread: int | None = None
    if one.callback is not None and one.id not in session.scripts.printed:
        return [f"# {type(one).__name__.lower()} {one.id} called a function of Python's"]
    match one:
        case trapline.Breakpoint():
            thread = _thread_number(session, one)
            if thread == _GONE:
                return [f"# breakpoint {one.id} was for a thread that has ended: {one.shown}"]
            lines = _breakpoint(session, one)
        case trapline.Watchpoint(is_local=True):
            return [f"# watchpoint {one.id} was on a local variable: {watch_text(one)}"]
        case trapline.Watchpoint():
            name = {"write": "watch", "read": "rwatch", "read_write": "awatch"}[one.access]
            lines = [f"{name} {_watched(one)}"]
        case _:
            verb = "tcatch" if one.temporary else "catch"
            lines = [f"{verb} {one.kind} {catch_words(one)}".rstrip()]
    condition = one.condition
    if thread is not None:
        condition = f"$_thread == {thread}" + (f" && ({condition})" if condition is not None else "")
    if condition is not None:
        lines.append(f"  condition $bpnum {condition}")
    if one.ignore_count:
        lines.append(f"  ignore $bpnum {one.ignore_count}")
    script = session.scripts.lines.get(one.id)
    if script:
        lines += ["  commands", *(f"    {line}" for line in script), "  end"]
    if not one.enabled:
        lines.append("disable $bpnum")
    return lines


def _thread_number(session: Session, one: trapline.Breakpoint) -> int | None:
    """Return the number of the thread that a breakpoint is for: None for all, `_GONE` when it has ended."""
    if one.thread_id is None:
        return None
    threads = session.process.threads if session.is_alive else ()
    return next((thread.number for thread in threads if thread.tid == one.thread_id), _GONE)


def _breakpoint(session: Session, one: trapline.Breakpoint) -> list[str]:
    where = f"*{one.spec:#x}" if isinstance(one.spec, int) else one.shown
    printed = session.scripts.printed.get(one.id)
    if printed is not None:
        lines = [f"dprintf {where},{printed}"]
    elif one.log is not None:
        lines = [f"logpoint {re.sub(r'(?<=,) ', '', where)} {one.log}"]
    else:
        kind = ("t" if one.temporary else "") + ("h" if one.hardware else "")
        lines = [f"{kind}break {where}"]
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
