"""The terminal that we share with a launched program: lent while it runs, taken back at each stop.

Source: tcsetpgrp(3), termios(3); KERNEL 21.
"""

from __future__ import annotations

import os

from trapline.backend.native import ptrace
from trapline.base.typing import Any


class Terminal:
    """Our controlling terminal, and the process group that it is lent to.

    Each side's line settings are kept while the other has the terminal.
    """

    __slots__ = ("_descriptor", "_group", "_ours", "_theirs", "lent")

    def __init__(self, descriptor: int, group: int) -> None:
        self._descriptor = descriptor
        self._group = group
        self._ours: list[Any] | None = None
        self._theirs: list[Any] | None = None
        self.lent = False

    @classmethod
    def shared_with(cls, group: int) -> Terminal | None:
        """Return the terminal on our standard input, if it is ours and we are in its foreground."""
        try:
            if os.tcgetpgrp(0) == os.getpgrp():
                return cls(0, group)
        except OSError:
            pass
        return None

    def lend(self) -> None:
        """Put the program into the foreground, with the line settings that it left."""
        if self.lent:
            return
        import termios

        try:
            self._ours = termios.tcgetattr(self._descriptor)
            if self._theirs is not None:
                termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._theirs)
            self._set_group(self._group)
            self.lent = True
        except (OSError, termios.error):
            return  # hung up: there is no terminal to lend

    def take_back(self) -> None:
        """Put us into the foreground again, with our own line settings."""
        if not self.lent:
            return
        import termios

        self.lent = False
        try:
            self._theirs = termios.tcgetattr(self._descriptor)
            self._set_group(os.getpgrp())
            if self._ours is not None:
                termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._ours)
        except (OSError, termios.error):
            return

    def _set_group(self, group: int) -> None:
        # From the background, tcsetpgrp raises SIGTTOU, which would stop us.
        mask = ptrace.block_terminal_output()
        try:
            os.tcsetpgrp(self._descriptor, group)
        finally:
            ptrace.restore_mask(mask)
