"""Where lines come from while commands run: the files that are sourced, and the prompt behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trapline.base.typing import TYPE_CHECKING
from trapline.cli.registry import CommandError

if TYPE_CHECKING:
    from trapline.cli.session import Session

_NESTING = ("python", "py", "commands")
"""Commands that a block may hold and that have a block themselves."""


class Lines:
    """The lines of one file, with the number of the one that was read last."""

    def __init__(self, name: str, lines: Sequence[str]) -> None:
        self.name = name
        self.number = 0
        self._lines = lines

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.number >= len(self._lines):
            raise StopIteration
        self.number += 1
        return self._lines[self.number - 1]


def block(session: Session, command: str) -> list[str]:
    """Return the lines behind a command up to the `end` that is its own, as they were written.

    They come from the file that is being sourced, from the `-ex` behind it on our command line, from the
    prompt where there is neither.

    Raises:
        CommandError: there is no `end`.
    """
    source = session.sourcing[-1] if session.sourcing else None
    found: list[str] = []
    inside = [command]
    while True:
        if source is not None:
            line = next(source, None)
        else:
            line = session.prompt.read(">", is_command=inside[-1] == "commands")
        if line is None:
            raise CommandError(f"{command} has no `end`")
        words = line.split()
        if words == ["end"]:
            inside.pop()
            if not inside:
                return found
        elif words and (words == [words[0]] or words[0] == "commands") and words[0] in _NESTING:
            inside.append(words[0])
        found.append(line)
