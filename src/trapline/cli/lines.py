"""Where lines come from while commands run: the files that are sourced, and the prompt behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trapline.base.typing import TYPE_CHECKING
from trapline.cli.registry import DECIDING, CommandError, no_language

if TYPE_CHECKING:
    from trapline.cli.session import Session

_PYTHON = ("python", "py", "python-interactive", "pi")
"""Commands whose block is not ours to read."""


class Lines:
    """The lines of one file, with the number of the one that was read last.

    With `joins` a line that ends in a backslash is one with the next, as in gdb's files.
    """

    def __init__(self, name: str, lines: Sequence[str], *, joins: bool = False) -> None:
        self.name = name
        self.number = 0
        self._lines = lines
        self._joins = joins

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.written()
        while self._joins and line.endswith("\\") and self.number < len(self._lines):
            line = line[:-1] + self.written()
        return line

    def written(self) -> str:
        """Return the next line as it stands there.

        Raises:
            StopIteration: there is none.
        """
        if self.number >= len(self._lines):
            raise StopIteration
        self.number += 1
        return self._lines[self.number - 1]


def block(session: Session, command: str) -> list[str]:
    """Return the lines behind a command up to the `end` that is its own.

    They come from the file that is being sourced, from the `-ex` behind it on our command line, from the
    prompt where there is neither. Those of Python are as they were written.

    Raises:
        CommandError: there is no `end`, or a word of gdb's own language is among them.
    """
    found: list[str] = []
    inside = [command]
    refused = ""
    while inside:
        line = _next(session, inside[-1])
        if line is None:
            raise CommandError(f"{command} has no `end`")
        words = line.split()
        if words == ["end"]:
            inside.pop()
        elif words and inside[-1] not in _PYTHON:
            if words[0] in DECIDING:
                refused = refused or words[0]
                inside += words[:1] if words[0] != "else" else []
            elif words[0] == "commands" or (words[0] in _PYTHON and len(words) == 1):
                inside.append(words[0])
        found.append(line)
    if refused:
        raise no_language(refused)
    return found[:-1]


def _next(session: Session, inside: str) -> str | None:
    """Return the next line of a block; None at the end."""
    if not session.sourcing:
        return session.prompt.read(">", is_command=inside == "commands")
    source = session.sourcing[-1]
    try:
        return source.written() if inside in _PYTHON else next(source)
    except StopIteration:
        return None
