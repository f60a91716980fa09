"""`terminate`: SIGTERM reaches the program and it runs to handle it, whatever stop comes in between."""

from __future__ import annotations

import time
from signal import SIGTERM

import trapline
from trapline.base.typing import TYPE_CHECKING
from trapline.dap.process_status import is_held_back

if TYPE_CHECKING:
    from trapline.control.events import Stop
    from trapline.dap.session import Session

_PATIENCE = 3.0
"""Seconds that a program has to end while other threads than the one that handles it hit things."""
_LEAST_PASSED = 100
"""How often it goes on at least: the seconds may be over before it has run at all, on a busy machine."""
_ASKED_BEFORE = (trapline.Interrupted, trapline.StepFinished, trapline.FunctionFinished)


class Ending:
    """Whether the client has asked for the program's end, and what stops it is not told of for that."""

    def __init__(self, session: Session) -> None:
        """Begin with a program that may run."""
        self._session = session
        self._pid = 0
        self._passes = False
        self._receiver = 0
        """The thread that was given the signal."""
        self._stopped_before = False
        self._deadline = 0.0
        self._passed = 0
        """How many stops were passed over behind the signal."""

    @property
    def is_asked(self) -> bool:
        """Whether this process has been asked to end; one that was started since has not."""
        return self._pid == self._session.program.pid

    def ask(self) -> None:
        """Send the program SIGTERM, which does not stop it even where the client wants to stop at signals."""
        inferior = self._session.program
        self._pid = inferior.pid
        self._passes = True
        self._receiver = 0
        self._passed = 0
        self._deadline = time.monotonic() + _PATIENCE
        self._session.pause_asked = False
        self._stopped_before = inferior.handle_signal(SIGTERM).stop
        inferior.handle_signal(SIGTERM, stop=False, deliver=True, announce=True)
        inferior.send_signal(SIGTERM)
        if inferior.scheduler_locking != "off":
            # The thread that takes it may be none of those that run now.
            inferior.scheduler_locking = "off"
            inferior.interrupt()

    def received(self, tid: int) -> None:
        """Take in that a thread is about to be given SIGTERM."""
        if self._pid and not self._receiver:
            self._receiver = tid
            self._session.program.handle_signal(SIGTERM, stop=self._stopped_before)

    def forget(self) -> None:
        """Pass over nothing any more: the client wants to see the program stopped."""
        self._passes = False

    def passes(self, stop: Stop) -> bool:
        """Whether a stop is passed over, all threads going on.

        A pause or a step that was under way is, and what comes before the signal, or soon behind it in
        another thread than the one that handles it.  What that one hits is told: the session goes on then,
        as the protocol has it.
        """
        if not self._passes or not self.is_asked or isinstance(stop, trapline.Exited):
            return False
        tid = stop.thread.tid if stop.thread is not None else 0
        if isinstance(stop, trapline.SignalReceived) and stop.signal == SIGTERM:
            # A catchpoint of the console's; a second one is of somebody else's.
            self._passes = not self._receiver
            self.received(tid)
        else:
            self._passes = isinstance(stop, _ASKED_BEFORE) or self._is_on_its_way(tid)
        return self._passes

    def _is_on_its_way(self, tid: int) -> bool:
        inferior = self._session.program
        held = [thread.live.pending_signal for thread in inferior.threads]
        if any(one is not None and one.number == SIGTERM for one in held):
            return True
        if not self._receiver and not is_held_back(inferior.pid, SIGTERM):
            return True
        # Where every thread blocks it nobody is known to receive it: it comes by sigwait() or a signalfd.
        self._passed += 1
        return tid != self._receiver and (time.monotonic() < self._deadline or self._passed <= _LEAST_PASSED)
