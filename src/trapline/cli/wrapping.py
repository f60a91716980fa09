"""Where a line that is longer than a terminal is ended: between members and arguments, before a place.

Source: gdb 13, wrap_here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from trapline.base.fact import NamedTuple
from trapline.base.typing import TypeAlias


class Styled(NamedTuple):
    """A piece of text with the SGR parameters that a terminal shows it in.  Source: ECMA-48 §8.3.117."""

    text: str
    style: str


class Break(str):
    """Where a line may be ended, else nothing; what follows it then stands behind `indent` spaces."""

    __slots__ = ("indent",)
    indent: int

    def __new__(cls, indent: int) -> Break:
        """Return one, an empty text."""
        self = super().__new__(cls)
        self.indent = indent
        return self


Part: TypeAlias = str | Styled

FRAME = Break(4)
"""Before an argument, and before where a frame is."""

_MARKS = re.compile(
    r""""(?:\\.|[^"\\])*"|'(?:\\[^']+|[^'\\])'|->|operator *[<>]+|, capacity |\{\}|, |[{}<>]"""
)


def arguments(text: str) -> list[Part]:
    """Return the arguments of a frame line with a break before each."""
    return [FRAME, *_divided(text, lambda _: FRAME)] if text else []


def members(text: str, margin: int = 0) -> list[Part]:
    """Return one line of a value, that far from the left, with a break before each member and element."""
    margin += len(text) - len(text.lstrip())
    return [*_divided(text, lambda depth: Break(margin + 2 * max(depth, 1)))]


def _divided(text: str, broken: Callable[[int], Break]) -> Iterator[Part]:
    """Yield a text in pieces, with breaks before members: not in strings, and not in names of types."""
    begin = depth = angles = 0
    for mark in _MARKS.finditer(text):
        match mark[0]:
            case "{":
                depth += 1
            case "}":
                depth -= 1
            case "<":
                angles += 1
            case ">":
                angles = max(angles - 1, 0)
        if mark[0] in ("{", ", ") and not angles:
            yield text[begin : mark.end()]
            yield broken(depth)
            begin = mark.end()
    yield text[begin:]


def text_of(part: Part) -> str:
    """Return a part without its style."""
    return part.text if isinstance(part, Styled) else part


def rows(parts: Sequence[Part], columns: int) -> list[list[Part]]:
    """Return the lines that one line makes on a terminal of that many columns."""
    found: list[list[Part]] = [[]]
    column, behind = 0, None
    for pieces, following in _unbroken(parts):
        size = sum(len(text_of(piece)) for piece in pieces)
        seen = size - _blanks(pieces)
        if behind is not None and column > behind.indent and column + seen > columns:
            found[-1] = _without_blanks(found[-1])
            found.append([" " * behind.indent])
            column = behind.indent
        found[-1] += pieces
        # What fits nowhere goes on in the terminal's next line.
        column = column + size if column + seen <= columns else (column + size - 1) % columns + 1
        behind = following
    return found


def _unbroken(parts: Sequence[Part]) -> Iterator[tuple[list[Part], Break | None]]:
    """Yield what stands between two breaks, and the one behind it."""
    pieces: list[Part] = []
    for part in parts:
        if isinstance(part, Break):
            yield pieces, part
            pieces = []
        else:
            pieces.append(part)
    yield pieces, None


def _blanks(pieces: Sequence[Part]) -> int:
    last = text_of(pieces[-1]) if pieces else ""
    return len(last) - len(last.rstrip(" "))


def _without_blanks(pieces: list[Part]) -> list[Part]:
    last = pieces[-1]
    return [*pieces[:-1], last.rstrip(" ")] if isinstance(last, str) else pieces
