"""`noDebug`: the program runs as if nobody watched, and the client hears of its output and its end."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading

from trapline.base.errors import LaunchError
from trapline.base.typing import TYPE_CHECKING
from trapline.dap import terminals
from trapline.dap.launching import environment
from trapline.dap.program_files import ProgramFiles

if TYPE_CHECKING:
    from trapline.dap.launching import Launch
    from trapline.dap.session import Session


class Undebugged:
    """A program that is not traced; a thread of its own waits for its end."""

    def __init__(self, session: Session, wish: Launch) -> None:
        """Start it.

        Raises:
            LaunchError: it cannot be started.
        """
        self._session = session
        self._child: subprocess.Popen[bytes] | None = None
        self._telling = threading.Lock()
        self._is_asked_to_end = False
        self._is_left = False
        """Whether it is left to itself; its end is nobody's business then."""
        if wish.console == "internalConsole":
            pid = self._start(wish)
            self._handle = os.pidfd_open(pid)
        else:
            pid, self._handle = terminals.run_without_debugging(session, wish)
        self._waiter = threading.Thread(target=self._wait, name="trapline-undebugged", daemon=True)
        session.event(
            "process",
            {
                "name": wish.argv[0],
                "systemProcessId": pid,
                "isLocalProcess": True,
                "startMethod": "launch",
            },
        )

    def watch(self) -> None:
        """Tell the client of its end, from now on."""
        self._waiter.start()

    def _start(self, wish: Launch) -> int:
        files = ProgramFiles(self._session.output, wish.stdio)
        opened = []
        given = {}
        try:
            for name, file in files.options.items():
                if isinstance(file, str):
                    opened.append(open(file, "rb" if name == "stdin" else "wb"))  # noqa: SIM115 - closed below
                    file = opened[-1]
                given[name] = file
            self._child = subprocess.Popen(
                wish.argv, cwd=wish.cwd, env=environment(wish.environment), start_new_session=True, **given
            )
        except OSError as error:
            files.close()
            raise LaunchError(
                f"{error.filename}: {error.strerror}", errno=error.errno or 0, filename=error.filename
            ) from None
        finally:
            for one in opened:
                one.close()
        self._session.files = files
        return self._child.pid

    def _wait(self) -> None:
        select.select([self._handle], [], [])
        with self._telling:
            if not self._is_left:
                self._tell_end()
                return
        # The session may be over by now, and its files be closed; a server has others.
        if self._child is not None:
            self._child.wait()
        os.close(self._handle)

    def _tell_end(self) -> None:
        session = self._session
        session.flush_output()
        if self._child is not None:
            status = self._child.wait()
            session.event("exited", {"exitCode": status if status >= 0 else 128 - status})
        session.is_over = True
        session.event("terminated")

    def end(self) -> None:
        """Ask it to end; one that has been asked already is killed."""
        self._signal(signal.SIGKILL if self._is_asked_to_end else signal.SIGTERM)
        self._is_asked_to_end = True

    def _signal(self, number: signal.Signals) -> None:
        """Send it a signal; one that has ended gets none."""
        try:
            signal.pidfd_send_signal(self._handle, number)
        except ProcessLookupError:
            pass

    def close(self, *, kills: bool) -> None:
        """End it, or leave it to itself."""
        if kills:
            self._signal(signal.SIGKILL)
        with self._telling:
            self._is_left = not kills and not self._session.is_over
        is_watched = self._waiter.ident is not None
        if self._is_left:
            if not is_watched:
                self._waiter.start()
            return
        if is_watched:
            self._waiter.join()
        elif self._child is not None:
            self._child.wait()
        os.close(self._handle)
