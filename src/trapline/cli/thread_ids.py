"""Threads by the names that a person gives them: `3`, or `2.3` in process 2 where there is more than one.

Source: gdb 13, tid-parse.c and print_thread_id, behaviour only.
"""

from __future__ import annotations

from collections.abc import Iterator

from trapline.base.typing import TYPE_CHECKING
from trapline.cli import number_lists
from trapline.cli.registry import CommandError

if TYPE_CHECKING:
    import trapline
    from trapline.cli.session import Session


def is_qualified(inferior: trapline.Inferior) -> bool:
    """Whether threads are told with the number of their process: there is another, or has been before it."""
    return inferior.number != 1 or len(inferior.family) > 1


def identity(inferior: trapline.Inferior, number: int) -> str:
    """Return how a thread of a process is called by its number."""
    return f"{inferior.number}.{number}" if is_qualified(inferior) else str(number)


def parse(session: Session, text: str) -> Iterator[tuple[str, trapline.Thread | None]]:
    """Give name and thread of each that a list means: `1 3-5`, `2.1`, `2.*`; None for one there is not.

    Raises:
        CommandError: a word of it is no thread and no range.
    """
    inferior = session.process
    for word in text.replace(",", " ").split():
        owner, dot, which = word.rpartition(".")
        try:
            is_own = not dot or number_lists.number(session, owner) == inferior.number
            known = {one.number: one for one in inferior.threads} if is_own else {}
            if which == "*":
                numbers = list(known)
            else:
                numbers = number_lists.numbers(session, which)
        except CommandError as error:
            raise CommandError(f"{word!r} is no thread: {error}" if dot else str(error)) from None
        if not numbers:
            yield word, None
        for number in numbers:
            name = f"{owner}.{number}" if dot else identity(inferior, number)
            yield name, known.get(number)


def named(session: Session, text: str) -> trapline.Thread:
    """Return the one thread that a name means.

    Raises:
        CommandError: there is none.
    """
    owner, dot, which = text.rpartition(".")
    inferior = session.process
    if not dot or number_lists.number(session, owner) == inferior.number:
        wanted = number_lists.number(session, which)
        for one in inferior.threads:
            if one.number == wanted:
                return one
    raise CommandError(f"no thread {text}; `info threads` lists them")
