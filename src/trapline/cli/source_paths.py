"""What a session knows of sources that were moved since the program was built."""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.cli.session import Session


class SourcePaths:
    """What a session was told of moved sources; the working directory is always looked in, last."""

    def __init__(self) -> None:
        self.directories: list[str] = []
        self.substitutions: list[tuple[str, str]] = []

    def tell(self, session: Session) -> None:
        """Hand it to the inferior, if there is one."""
        if session.inferior is not None:
            session.inferior.look_for_sources([*self.directories, "."], self.substitutions)
