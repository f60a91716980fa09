"""What Tab offers: commands, their subcommands and options, and what fits behind each.

Everything is asked on the thread that owns the inferior.  An editor's console asks as well as the prompt, so
nothing here is prompt_toolkit's, which takes a tenth of a second to import.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from trapline.base.errors import DebuggerError
from trapline.base.typing import TYPE_CHECKING, TypeAlias
from trapline.cli import offers, registry
from trapline.cli.offers import MOST, Found

if TYPE_CHECKING:
    from trapline.cli.registry import Command
    from trapline.cli.session import Session

__all__ = ["MOST", "complete"]

_NUMBERS = re.compile(r"(?:all|[\d$][\w$,.-]*)(?:\s+[\d$][\w$,.-]*)*(?:\s+|$)")
"""The threads or frames that stand before a command which is run in each of them."""
_FLAGS = re.compile(r"(?:-[a-z-]+\s+)*")

Line: TypeAlias = "Callable[[str], str | None]"


def complete(session: Session, before: str) -> Iterator[Found]:
    """Yield (text, number of characters before the cursor that it replaces) for a line up to the cursor."""
    line = registry.spelled_out(session, before.lstrip())
    found = registry.completions(line)
    if found is not None:
        word = line.rpartition(" ")[2]
        yield from ((name, len(word)) for name in found.names)
        if not found.group:
            yield from ((name, len(word)) for name in session.aliases if name.startswith(word))
        elif found.group in ("set", "show"):
            yield from offers.settings(session, line.partition(" ")[2].lstrip())
        elif found.command is not None:
            yield from _behind(session, found.command, word)
        return
    try:
        match = registry.resolve(line)
    except DebuggerError:
        return
    # As it was written, the spaces at its end included: behind them a new word begins.
    end = len(line.rstrip())
    yield from _behind(session, match.command, line[end - len(match.text) :].lstrip())


def _behind(session: Session, command: Command, text: str) -> Iterator[Found]:
    """Yield what can end the arguments of a command."""
    line = _LINES.get(command.name)
    if line is not None:
        rest = line(text)
        if rest is not None:
            yield from complete(session, rest)
            return
    word = offers.last(text)
    if word.startswith("-") and (line is not None or text.lstrip().startswith("-")):
        named = [one for one in command.options if one.startswith(word)]
        yield from ((one, len(word)) for one in named)
        if named:
            return
    special = offers.OF_COMMANDS.get(command.name)
    if special is not None:
        yield from special(session, text)
        return
    kind, argument = _at_cursor(command, text)
    offer = offers.OF_KINDS.get(kind)
    if offer is not None:
        yield from offer(session, argument)


def _at_cursor(command: Command, text: str) -> tuple[str, str]:
    """Return the parameter that the cursor is in, and what is written of it; "" behind the last."""
    rest = text.lstrip()
    for parameter in command.parameters:
        _, space, behind = rest.partition(" ")
        if parameter.rest or not space:
            return parameter.name, rest
        rest = behind.lstrip()
    return "", ""


# -- commands behind commands --------------------------------------------------------------------------


def _behind_flags(text: str) -> str | None:
    """Return the command behind `-q -s`; None while the flags are written."""
    rest = text[_FLAGS.match(text).end() :]  # type: ignore[union-attr]  # it matches nothing, too
    return None if rest.startswith("-") else rest


def _behind_numbers(text: str) -> str | None:
    """Return the command behind `all -q` or `1 3-5 -s`; None before it."""
    numbers = _NUMBERS.match(text.removeprefix("level "))
    if numbers is None or not numbers[0].endswith(" "):
        return None
    return _behind_flags(text.removeprefix("level ")[numbers.end() :])


def _behind_dashes(text: str) -> str | None:
    _, dashes, rest = text.partition(" -- ")
    return rest.lstrip() if dashes else None


def _of_ours(text: str) -> str | None:
    """Return the command that `pipe` runs; None behind the bar, where the shell's words are."""
    if text.startswith("-"):
        parts = text.split(None, 2)
        return parts[2] if len(parts) == 3 and parts[1] not in parts[2].split() else None
    return None if "|" in text else text


_LINES: dict[str, Line] = {
    "complete": str,
    "faas": _behind_flags,
    "frame apply": _behind_numbers,
    "pipe": _of_ours,
    "taas": _behind_flags,
    "tfaas": _behind_flags,
    "thread apply": _behind_numbers,
    "with": _behind_dashes,
}
"""Commands that run another, and where that begins; None while what is before it is written."""
