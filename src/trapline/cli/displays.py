"""What is shown at each stop because `display` asked for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trapline.base.errors import DebuggerError
from trapline.base.typing import TYPE_CHECKING
from trapline.cli.registry import CommandError

if TYPE_CHECKING:
    from trapline.cli.session import Session


class Displays:
    """The expressions of one session, by number."""

    def __init__(self) -> None:
        self._shown: dict[int, tuple[str, str]] = {}
        self._disabled: set[int] = set()
        self._last = 0

    def __iter__(self) -> Iterator[tuple[int, bool, str]]:
        """Give number, whether it is shown at stops, and `/x counter`."""
        for number, (form, text) in self._shown.items():
            yield number, number not in self._disabled, f"{_spelled(form)}{text}"

    def add(self, session: Session, form: str, expression: str) -> None:
        """Show an expression now and from now on."""
        self._last += 1
        self._shown[self._last] = form, expression
        self._tell(session, self._last)

    def remove(self, numbers: Sequence[int]) -> None:
        """Show these no longer; all of them where none is named.

        Raises:
            CommandError: there is none of a number.
        """
        for number in self._known(numbers):
            del self._shown[number]
            self._disabled.discard(number)

    def enable(self, numbers: Sequence[int], *, enabled: bool) -> None:
        """Show these again at stops, or not for now; all of them where none is named.

        Raises:
            CommandError: there is none of a number.
        """
        for number in self._known(numbers):
            self._disabled.discard(number) if enabled else self._disabled.add(number)

    def _known(self, numbers: Sequence[int]) -> list[int]:
        for number in numbers:
            if number not in self._shown:
                raise CommandError(f"no display {number}; `info display` lists them")
        return list(numbers or self._shown)

    def tell(self, session: Session) -> None:
        """Show all of them; one that cannot be evaluated here is left out, as in gdb."""
        for number in [one for one in self._shown if one not in self._disabled]:
            try:
                self._tell(session, number)
            except DebuggerError:
                continue

    def _tell(self, session: Session, number: int) -> None:
        from trapline.cli.commands.data import evaluated, text_of
        from trapline.cli.commands.memory import examine
        from trapline.cli.formats import Format

        form, expression = self._shown[number]
        asked = Format.parse(form)
        if asked.letter in ("i", "s") or asked.units is not None or asked.size:
            is_short = asked.letter != "i" and asked.units in (None, 1)
            session.render.piece(f"{number}: x/{form} {expression}" + ("  " if is_short else "\n"))
            examine(session, expression, asked)
        else:
            value = evaluated(session, expression)
            text = text_of(session, value, asked.of_one)
            session.render.value(f"{number}: {_spelled(form)}{expression}", text)


def _spelled(form: str) -> str:
    """Return a format as gdb lists it: with count and size where memory is shown."""
    from trapline.cli.formats import SIZES, Format

    asked = Format.parse(form)
    if asked.letter not in ("i", "s") and asked.units is None and not asked.size:
        return f"/{asked.letter} " if asked.letter else ""
    sizes = {size: letter for letter, size in SIZES.items()}
    size = sizes.get(asked.size, "b" if asked.letter in ("i", "s") else "w")
    return f"/{asked.units or 1}{size}{asked.letter or 'x'} "
