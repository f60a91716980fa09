"""Watchpoints and catchpoints."""

from __future__ import annotations

import re

from trapline.base.typing import TYPE_CHECKING, Any
from trapline.cli.commands.breakpoints import split_condition, split_thread
from trapline.cli.registry import command
from trapline.cli.stops import BY_PATTERN, catch_kind, catch_told, watch_kind, watch_text

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "Breakpoints"


@command("watch EXPRESSION...", topic=TOPIC, needs="inferior", options=("-location",))
def watch(session: Session, expression: str) -> None:
    """Stop when an expression has another value, whichever thread has written what it reads.

    EXPRESSION is of the program's language: `counter`, `list->head->value` (which changes, too, when `head`
    points elsewhere, or somewhere at last), `used + spare < limit`, `*(int *) 0x404028`, `{long}0x404028`.
    With local variables the watchpoint ends when their function returns. `watch -l EXPRESSION` watches the
    memory that EXPRESSION is in now, whatever its names mean later. `if CONDITION` behind it stops only where
    that expression is true, `thread N` only what that thread does.
    Four debug registers of 8 bytes watch at full speed. What they have no room for, and what is in a register
    (`$rax`, a variable of optimized code), is watched by stepping each instruction, which makes the program
    thousands of times slower.
    """
    _watch(session, expression, "write")


@command("awatch EXPRESSION...", topic=TOPIC, needs="inferior", options=("-location",))
def awatch(session: Session, expression: str) -> None:
    """Stop when memory is read or written, by any thread; EXPRESSION as in `watch`."""
    _watch(session, expression, "read_write")


@command("rwatch EXPRESSION...", topic=TOPIC, needs="inferior", options=("-location",))
def rwatch(session: Session, expression: str) -> None:
    """Stop when memory is read; EXPRESSION as in `watch`.

    The processor cannot tell reads alone: a write that changes nothing is taken for one.
    """
    _watch(session, expression, "read")


def _watch(session: Session, expression: str, access: str) -> None:
    inferior = session.program
    text, condition = split_condition(expression)
    text, thread = split_thread(session, text)
    if condition is not None and thread is None:
        condition, thread = split_thread(session, condition)
    if thread is not None:
        rest = f" && ({condition})" if condition is not None else ""
        condition = f"$_thread == {thread.number}{rest}"
    place = re.match(r"-(l|location)(\s+|$)", text)
    where: Any = text
    if place is not None:
        where = session.evaluate(text[place.end() :])
    found = inferior.set_watchpoint(where, access=access, condition=condition)
    if place is not None:
        found.label = f"-location {text[place.end() :]}"
    session.set_convenience("bpnum", found.id)
    session.note(breakpoints=[found])
    session.render.line(f"{watch_kind(found)} {found.id}: {watch_text(found)}")


@command("catch KIND [NAMES...]", topic=TOPIC, needs="inferior")
def catch(session: Session, kind: str, names: str) -> None:
    """Stop on an event.

    KIND is `syscall` or `signal` (NAMES or numbers narrow it, for calls `group:network` and its like, too;
    `all` signals are meant without), `fork`, `vfork`, `exec`, `clone` (a thread begins) or `exit` (a thread
    ends). The others are narrowed by a regular expression: `load` and `unload`
    by one of the library's name; `throw`, `rethrow` and `catch` of C++ exceptions by one of their types;
    `panic` of Rust by one of its message; `assert` (an assertion fails) and `abort` by one of what is said
    about it. `if CONDITION` behind it stops only where that expression is true; its names mean what they
    mean in the selected frame now.
    """
    _catch(session, kind, names, temporary=False)


@command("tcatch KIND [NAMES...]", topic=TOPIC, needs="inferior")
def tcatch(session: Session, kind: str, names: str) -> None:
    """Stop on an event once; KIND and NAMES as in `catch`."""
    _catch(session, kind, names, temporary=True)


def _catch(session: Session, kind: str, names: str, *, temporary: bool) -> None:
    names, condition = split_condition(names)
    words: list[str | int] = [names] if names else []
    if (kind, names) == ("signal", "all"):
        words = []
    elif kind not in BY_PATTERN:
        words = [int(word) if word.isascii() and word.isdigit() else word for word in names.split()]
    found = session.program.set_catchpoint(kind, *words, condition=condition, temporary=temporary)
    session.set_convenience("bpnum", found.id)
    session.note(breakpoints=[found])
    session.render.line(f"{catch_kind(found)} {found.id} ({catch_told(found)})")
