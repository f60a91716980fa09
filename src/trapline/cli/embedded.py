"""The command line's engine where another face has the screen: the console of an editor (ADR 0010)."""

from __future__ import annotations

import io
from collections.abc import Callable

from trapline.base.typing import TYPE_CHECKING, TypeVar
from trapline.cli import registry
from trapline.cli.registry import CommandError
from trapline.cli.render import Renderer
from trapline.cli.session import Session

if TYPE_CHECKING:
    from trapline.cli.stops import Activation
    from trapline.inferior import Inferior

T = TypeVar("T")


class EmbeddedSession(Session):
    """A session whose text is returned, and which lets the program run through its host.

    The host tells its user why the program stopped, so nothing is printed of that here.
    """

    def __init__(self, inferior: Inferior, go: Callable[[Callable[[], object]], object]) -> None:
        """Share an inferior.

        Args:
            inferior: the host's.
            go: lets the program run by a call of the library, and tells the host's user of the stop.
        """
        self._text = io.StringIO()
        super().__init__(inferior, Renderer(self._text, self._text))
        self._go = go

    def go(self, resume: Callable[[], T], *, before: Activation | None = None) -> T | None:
        """Let the program run through the host; what `resume` returned, None where nobody is to be told."""
        return super().go(lambda: self._through_host(resume), before=before)

    def _through_host(self, resume: Callable[[], T]) -> T | None:
        stops: list[T] = []

        def resumed() -> T:
            stops.append(resume())
            return stops[-1]

        told = self._go(resumed)
        return stops[-1] if told is not None and stops else None

    def knows(self, line: str) -> bool:
        """Whether a line begins with a command."""
        try:
            registry.resolve(line)
        except CommandError:
            # `info regs` is no expression either, and the command line says what is wrong with it.
            word, _, rest = line.strip().partition(" ")
            return bool(rest) and registry.is_taken(word)
        return True

    def run_line(self, line: str) -> tuple[bool, str]:
        """Run one line; whether it succeeded, and everything that it printed."""
        self._text.seek(0)
        self._text.truncate()
        self.leaving = False  # a `quit` has ended the line before; the session is the host's to end
        done = self.execute(line)
        return done, self._text.getvalue()

    def complete(self, before: str) -> list[tuple[str, int]]:
        """Return (text, characters before the cursor that it replaces) for a line up to the cursor."""
        import itertools

        from trapline.cli.completion import complete

        return list(itertools.islice(complete(self, before), 200))
