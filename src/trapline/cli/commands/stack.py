"""The stack: backtrace, frames, and the stacks of all threads at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trapline
from trapline.base.errors import DebuggerError
from trapline.cli.registry import CommandError, command
from trapline.cli.session import place

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "Stack"

BY_FRAME_POINTERS = (
    "(by frame pointers: call-frame information is not read yet, so frames of code built without them"
    " may be missing)"
)


@command("backtrace [COUNT]", "bt", "where", "info stack", topic=TOPIC)
def backtrace(session: Session, count: str | None) -> None:
    """Print the frames of the selected thread, innermost first.

    COUNT prints that many; a negative one the outermost. Frames are found by frame pointers until
    call-frame information is read, so code built without them may be left out; a note says so.
    """
    frames = session.process.thread.frames()
    number = None if count is None else session.evaluate(count).number
    if number is not None and number >= 0:
        shown: list[trapline.Frame] = []
        for frame in frames:
            if len(shown) == number:
                break
            shown.append(frame)
        more = number > 0 and shown[-1].caller is not None
    else:
        shown = list(frames)[number:] if number else list(frames)
        more = False
    for frame in shown:
        tell(session, frame)
    if more:
        session.render.line("(More stack frames follow...)")
    if len(shown) > 1 or not number:
        session.render.line(BY_FRAME_POINTERS)


def tell(session: Session, frame: trapline.Frame) -> None:
    """Print `#0  0x... in main ()`."""
    session.render.line(f"#{frame.level:<2} ", *place(frame))


@command("frame [LEVEL]", "f", topic=TOPIC)
def frame(session: Session, level: str | None) -> None:
    """Print the selected frame, or select the one of that LEVEL; 0 is the innermost."""
    inferior = session.process
    if level is not None:
        _select(session, session.count(level, "LEVEL", least=0))
    tell(session, inferior.frame)


@command("up [COUNT]", topic=TOPIC, repeats=True)
def up(session: Session, count: str | None) -> None:
    """Select the frame that called this one, or the one COUNT frames out."""
    inferior = session.process
    number = session.count(count, "COUNT")
    wanted = inferior.frame.level + number
    frames = list(inferior.thread.frames())
    if inferior.frame.level == len(frames) - 1:
        raise CommandError("Initial frame selected; you can't go up.")
    _select(session, min(wanted, len(frames) - 1))
    tell(session, inferior.frame)


@command("down [COUNT]", topic=TOPIC, repeats=True)
def down(session: Session, count: str | None) -> None:
    """Select the frame that this one called, or the one COUNT frames in."""
    inferior = session.process
    number = session.count(count, "COUNT")
    if not inferior.frame.level:
        raise CommandError("Bottom (innermost) frame selected; you can't go down.")
    _select(session, max(inferior.frame.level - number, 0))
    tell(session, inferior.frame)


def _select(session: Session, level: int) -> None:
    inferior = session.process
    frames = inferior.thread.frames()
    try:
        inferior.frame = frames[level]
    except IndexError:
        raise CommandError(f"No frame at level {level}; the stack has {len(frames)}.") from None


@command("stacks", topic=TOPIC)
def stacks(session: Session) -> None:
    """Print the threads grouped by equal stack, the largest group first."""
    line = session.render.line
    for frames, threads in session.process.stacks():
        names = []
        for thread in threads:
            try:
                names.append(f"{thread.number} ({thread.name}, id {thread.tid})")
            except DebuggerError:
                names.append(f"{thread.number} (id {thread.tid})")
        line(f"{len(threads)} thread{'s' if len(threads) > 1 else ''}: {', '.join(names)}")
        for one in frames:
            line("  ", f"#{one.level:<2} ", *place(one))
    line(BY_FRAME_POINTERS)
