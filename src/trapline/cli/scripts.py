"""What is done when a break-, watch- or catchpoint stops the program: its `commands`."""

from __future__ import annotations

import trapline
from trapline.base.typing import TYPE_CHECKING
from trapline.cli import stops
from trapline.cli.lines import Lines

if TYPE_CHECKING:
    from trapline.cli.session import Session

SILENT = "silent"


class Scripts:
    """The commands of each point by its number, and those that the last stop asks for.

    `printed` is what a `dprintf` prints, by number, as it was written.
    """

    def __init__(self) -> None:
        self.lines: dict[int, list[str]] = {}
        self.printed: dict[int, str] = {}
        self._due: list[str] = []
        self._stops = 0

    def forget(self) -> None:
        """Forget all of them: the points of another program bring their own."""
        self.lines.clear()
        self.printed.clear()

    def heard(self, session: Session, stop: trapline.Stop) -> bool:
        """Remember what a stop asks for; True when it asks for silence."""
        scripts = [self.lines[number] for number in stops.points(stop) if number in self.lines]
        self._stops += 1
        self._due = [line for script in scripts for line in script if line.strip() != SILENT]
        return any(script and script[0].strip() == SILENT for script in scripts)

    def serve(self, session: Session) -> None:
        """Run what the last stop asked for; where that resumes the program, the rest of it is dropped.

        Raises:
            DebuggerError: a command failed; those behind it are dropped.
        """
        while self._due and not session.leaving:
            lines = Lines("commands", self._due)
            self._due = []
            before = self._stops
            session.sourcing.append(lines)
            try:
                for line in lines:
                    if line.strip() and not line.lstrip().startswith("#"):
                        session.run_alone(line)
                    if self._stops != before or session.leaving:
                        break
            finally:
                session.sourcing.pop()
