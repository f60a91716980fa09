"""Fork children that are followed: each is handed over to a debug session of its own (users' wish 30).

A process has one tracer, and the editor may start another server for the new session, so the child is let
go here, stopped, and attached to there; it does not run between the two.
"""

from __future__ import annotations

import os
import signal

import trapline
from trapline.base.errors import DebuggerError
from trapline.base.typing import TYPE_CHECKING
from trapline.dap.problems import one_line
from trapline.dap.process_status import is_pending, status

if TYPE_CHECKING:
    from trapline.control.events import Stop
    from trapline.dap.session import Session
    from trapline.inferior import Inferior


class Children:
    """What becomes of the children of one session's program."""

    def __init__(self, session: Session) -> None:
        """Follow them."""
        self._session = session
        self._handed: dict[int, int] = {}
        """Those that wait for a session of their own: a descriptor of the process by its id."""

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
        self._forget(pid)
        self._handed[pid] = os.pidfd_open(pid)
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
            self._let_go_on(pid)

    def leave(self) -> None:
        """Let those run that nobody has taken: the session of their parent is over."""
        for pid in list(self._handed):
            if _waits(pid):
                self._let_go_on(pid)
            else:
                os.close(self._handed.pop(pid))

    def _let_go_on(self, pid: int) -> None:
        handle = self._handed.pop(pid)
        try:
            signal.pidfd_send_signal(handle, signal.SIGCONT)
        except ProcessLookupError:
            pass
        os.close(handle)

    def _forget(self, newest: int) -> None:
        """Close what stands for children that have been taken or have ended; a server has many."""
        for pid in list(self._handed):
            if pid == newest or not _waits(pid):
                os.close(self._handed.pop(pid))


def _waits(pid: int) -> bool:
    """Whether a process is stopped, or about to be, and nobody traces it."""
    try:
        fields = status(pid, pid)
    except OSError:
        return False
    is_stopped = fields[b"State"].strip().startswith(b"T") or is_pending(fields, signal.SIGSTOP)
    return is_stopped and int(fields[b"TracerPid"]) == 0
