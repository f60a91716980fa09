"""Logpoints: what is written at a hit instead of a stop.

Imported with the first one, for the expression language comes with it.
"""

from __future__ import annotations

from collections.abc import Iterable

from trapline.base.errors import DebuggerError, EvaluationError, UsageError
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING
from trapline.control.conditions import said
from trapline.inspection.code_names import CodeNames
from trapline.inspection.evaluate import Evaluator
from trapline.inspection.names import FrameScope

if TYPE_CHECKING:
    from trapline.control.breakpoints import Breakpoint
    from trapline.control.target import Target
    from trapline.inspection.frame import Frame

_QUOTES = "\"'"
_LETTERS = "xduotacfsz"


class _Expression(NamedTuple):
    """What stands between braces; `letter` is that of `print/x`, or ""."""

    text: str
    letter: str


class LogText:
    """A text with expressions in braces: `x = {x}, {p->name}, {/x flags}`; `{{` and `}}` are braces.

    A text is checked for its braces when it is set, and its expressions as those of conditions are.  They
    are read and computed at each hit, in the frame of the thread that is there; one that fails is written as
    `<error: why>`.
    """

    __slots__ = ("_is_busy", "_pieces", "_target", "text")

    def __init__(self, target: Target, text: str) -> None:
        """Take a text apart.

        Raises:
            UsageError: its braces do not match, or there is nothing between them.
        """
        if not isinstance(text, str):
            raise UsageError(f"a log text is a str, not a {type(text).__name__}")
        self._target = target
        self._pieces = _pieces(text)
        self._is_busy = False
        self.text = text

    def require(self, addresses: Iterable[int]) -> None:
        """Raise where some expression means nothing at any of the load addresses; without one nothing is.

        Raises:
            EvaluationError: it is no expression, or its names mean nothing there.
        """
        expressions = [piece.text for piece in self._pieces if not isinstance(piece, str)]
        problem: DebuggerError | None = None
        for address in addresses if expressions else ():
            names = CodeNames(self._target, address)
            try:
                for text in expressions:
                    names.parse(text)
            except DebuggerError as error:
                problem = problem or error
            else:
                return
        if problem is not None:
            raise EvaluationError(f"log text {self.text!r}: {said(problem)}")

    def write(self, breakpoint: Breakpoint) -> bool:
        """Hand the text of a hit out; True when what it is handed to has failed, which is a stop.

        A function that an expression calls may come here again: that pass writes nothing.
        """
        if self._is_busy:
            return False
        self._is_busy = True
        try:
            return self._target.ask(lambda *_: self._target.family.log(self._filled()), breakpoint)
        finally:
            self._is_busy = False

    def _filled(self) -> str:
        target = self._target
        frame = target.thread(target.hit_tid).frames()[0]
        return "".join(
            piece if isinstance(piece, str) else self._value(frame, piece) for piece in self._pieces
        )

    def _value(self, frame: Frame, wanted: _Expression) -> str:
        scope = FrameScope(self._target, frame)
        try:
            value = Evaluator(scope).value(scope.parse(wanted.text))
            return value.format(wanted.letter)
        except DebuggerError as error:
            if not self._target.process.alive:
                raise  # it called a function that ended the process
            return f"<error: {said(error)}>"


def _pieces(text: str) -> list[str | _Expression]:
    """Return the literal parts and the expressions of a text, in order."""
    found: list[str | _Expression] = []
    literal = ""
    at = 0
    while at < len(text):
        sign = text[at]
        if sign in "{}" and text[at : at + 2] == sign * 2:
            literal += sign
            at += 2
        elif sign == "{":
            end = _closing(text, at)
            found += [literal, _expression(text[at + 1 : end], text)]
            literal = ""
            at = end + 1
        elif sign == "}":
            raise UsageError(f"log text {text!r}: nothing is open at the }} of column {at + 1}; write }}}}")
        else:
            literal += sign
            at += 1
    return [*found, literal]


def _closing(text: str, start: int) -> int:
    """Return where the brace that opens at `start` is closed; those in quotes do not count."""
    depth, quote, at = 0, "", start
    while at < len(text):
        sign = text[at]
        if quote:
            if sign == "\\":
                at += 1
            elif sign == quote:
                quote = ""
        elif sign in _QUOTES and not (sign == "'" and _is_lifetime(text, at)):
            quote = sign
        elif sign == "{":
            depth += 1
        elif sign == "}":
            depth -= 1
            if not depth:
                return at
        at += 1
    raise UsageError(f"log text {text!r}: the {{ of column {start + 1} is not closed; write {{{{ for a brace")


def _is_lifetime(text: str, at: int) -> bool:
    """Whether an apostrophe begins no character: it is a lifetime of Rust (`'a`)."""
    return text[at + 1 : at + 2] != "\\" and text[at + 2 : at + 3] != "'" and "'" not in text[at + 1 :]


def _expression(text: str, whole: str) -> _Expression:
    stripped = text.strip()
    letter = ""
    if stripped.startswith("/"):
        head, _, stripped = stripped[1:].partition(" ")
        if len(head) != 1 or head not in _LETTERS:
            raise UsageError(f"log text {whole!r}: /{head} is no format; one of {', '.join(_LETTERS)}")
        letter, stripped = head, stripped.strip()
    if not stripped:
        raise UsageError(f"log text {whole!r}: an expression is needed between the braces")
    return _Expression(stripped, letter)
