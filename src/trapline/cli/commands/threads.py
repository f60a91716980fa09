"""Threads: list, select, and do something in each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trapline
from trapline.base.errors import DebuggerError
from trapline.cli import registry
from trapline.cli.registry import CommandError, command
from trapline.cli.stops import place, tell_line

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "Threads"


def _label(thread: trapline.Thread) -> str:
    return f'Thread {thread.tid} "{thread.name}"'


@command("info threads", topic=TOPIC, needs="")
def info_threads(session: Session) -> None:
    """List the threads: number, kernel's id and name, and where each is; `*` marks the selected one."""
    if not session.is_alive:
        session.render.line("No threads.")
        return
    inferior = session.process
    selected = inferior.thread.tid
    rows = [(str(thread.number), _label(thread), thread) for thread in inferior.threads]
    wide = max(len(label) for _, label, _ in rows)
    session.render.line(f"  {'Id':<4} {'Target Id':<{wide}} Frame")
    for number, label, thread in rows:
        mark = "*" if thread.tid == selected else " "
        head = f"{mark} {number:<4} {label:<{wide}} "
        try:
            session.render.line(head, *place(thread.frame(0)))
        except DebuggerError as error:
            session.render.line(head, f"({error})")


@command("thread [NUMBER]", "t", topic=TOPIC)
def thread(session: Session, number: str | None) -> None:
    """Print the selected thread, or select another by its NUMBER in `info threads`."""
    inferior = session.process
    if number is None:
        session.render.line(f"[Current thread is {inferior.thread.number} ({_label(inferior.thread)})]")
        return
    inferior.thread = named(session, number)
    session.render.line(f"[Switching to thread {inferior.thread.number} ({_label(inferior.thread)})]")
    session.render.line("#0  ", *place(inferior.frame))
    tell_line(session, inferior.frame)


def named(session: Session, text: str) -> trapline.Thread:
    """Return a thread by its number.

    Raises:
        CommandError: there is none.
    """
    for one in session.process.threads:
        if text == str(one.number):
            return one
    raise CommandError(f"no thread {text!r}; `info threads` lists them")


@command("thread apply NUMBERS LINE...", topic=TOPIC)
def thread_apply(session: Session, numbers: str, line: str) -> None:
    """Run a command in every thread (`thread apply all backtrace`), or in some (`1,3`).

    The thread that was selected is selected again behind it.
    """
    inferior = session.process
    registry.resolve(line)  # a command that there is none of fails once, not once a thread
    if numbers == "all":
        wanted = list(reversed(inferior.threads))
    else:
        wanted = [named(session, word) for word in numbers.split(",")]
    before = inferior.thread
    try:
        for one in wanted:
            inferior.thread = one
            session.render.line(f"Thread {one.number} ({_label(one)}):")
            registry.run(session, line)
    finally:
        if session.is_alive and before in inferior.threads:
            inferior.thread = before
