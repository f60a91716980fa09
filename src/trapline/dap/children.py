"""Fork children that are followed: each is handed over to a debug session of its own (users' wish 30).

A process has one tracer, and the editor may start another server for the new session, so the child is let
go here, stopped, and attached to there; it does not run between the two.
"""

from __future__ import annotations

import trapline
from trapline.base.errors import DebuggerError
from trapline.base.typing import TYPE_CHECKING
from trapline.dap.problems import one_line

if TYPE_CHECKING:
    from trapline.control.events import Stop
    from trapline.dap.session import Session
    from trapline.inferior import Inferior


class Children:
    """What becomes of the children of one session's program."""

    def __init__(self, session: Session) -> None:
        """Follow them."""
        self._session = session

    def took(self, stop: Stop) -> bool:
        """Whether a stop was about a child; what was to be done about it is done then."""
        match stop:
            case trapline.Forked(child=child, shares_memory=False):
                self._hand_over(child)
            case trapline.Forked(child=child):
                # It runs in its parent's memory, and a breakpoint of its own would be its parent's too.
                child.set_catchpoint("exec")
            case trapline.Execed() if stop.inferior is not self._session.inferior:
                self._hand_over(stop.inferior)
            case _:
                return stop.inferior is not self._session.inferior
        return True

    def _hand_over(self, child: Inferior) -> None:
        session = self._session
        pid, program = child.pid, child.exe
        child.send_signal("SIGSTOP")
        child.detach()
        configuration = {
            "type": "trapline",
            "request": "attach",
            "name": f"{program.rpartition('/')[2]} (child {pid})",
            "pid": pid,
            "handedOver": True,
        }
        try:
            session.ask("startDebugging", {"request": "attach", "configuration": configuration})
        except DebuggerError as error:
            session.warn(f"child {pid} runs on its own: {one_line(error)}")
            _let_go_on(pid)


def _let_go_on(pid: int) -> None:
    """Let a process that was handed over run, nobody having taken it."""
    import os
    import signal

    try:
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        pass
