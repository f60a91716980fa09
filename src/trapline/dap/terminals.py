"""Starting the program in a terminal of the editor's, by its `runInTerminal`.

A small script of ours begins there, says so at a socket, is attached to while it waits, and becomes the
program by exec: so the terminal is the program's own, job control and Ctrl-C included.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
import tempfile

import trapline
from trapline.base.errors import DebuggerError, LaunchError
from trapline.base.typing import TYPE_CHECKING
from trapline.dap import terminal

if TYPE_CHECKING:
    from trapline.dap.launching import Launch
    from trapline.dap.session import Session
    from trapline.inferior import Inferior

_PATIENCE = 60.0  # seconds for a terminal to come up; a person may have to answer something first
_NO_RANDOMIZATION = 0x0040000  # Source: personality(2), ADDR_NO_RANDOMIZE
_KINDS = {"integratedTerminal": "integrated", "externalTerminal": "external"}


class _Beginning:
    """A program that waits in a terminal to be started."""

    def __init__(self, session: Session, wish: Launch) -> None:
        """Have it begin.

        Raises:
            DebuggerError: the client has no terminal, or none came up.
        """
        if not session.client.has("supportsRunInTerminalRequest"):
            raise LaunchError(
                f"this editor cannot run programs in a terminal; leave out console={wish.console!r}"
            )
        folder = tempfile.mkdtemp(prefix="trapline-")
        path = os.path.join(folder, "socket")
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
                server.bind(path)
                server.listen(1)
                server.settimeout(_PATIENCE)
                session.ask("runInTerminal", self._request(wish, path))
                self._connection, _ = server.accept()
        except TimeoutError:
            raise LaunchError(f"nothing began in the editor's terminal in {_PATIENCE:.0f} s") from None
        finally:
            if os.path.exists(path):
                os.unlink(path)
            os.rmdir(folder)
        self._connection.settimeout(_PATIENCE)
        self._connection.recv(6)
        # The kernel's word for who it is, not its own.
        credentials = self._connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        self.pid: int = struct.unpack("3i", credentials)[0]
        # Now: once it runs it may have ended, and the terminal have reaped it, before we look.
        self.handle = os.pidfd_open(self.pid)
        files = [os.fsencode(one or "") for one in wish.stdio]
        argv = [os.fsencode(one) for one in wish.argv]
        self._words = b"\0".join([*files, argv[0], *argv])

    @staticmethod
    def _request(wish: Launch, path: str) -> dict[str, object]:
        request: dict[str, object] = {
            "kind": _KINDS[wish.console],
            "title": os.path.basename(wish.program),
            "cwd": wish.cwd or os.getcwd(),
            "args": [sys.executable, "-I", "-S", terminal.__file__, path],
        }
        if wish.environment:
            # For an empty one VS Code types `/usr/bin/env` before the command.
            request["env"] = wish.environment
        return request

    def go_on(self) -> None:
        """Let it become the program."""
        self._connection.sendall(struct.pack("<I", len(self._words)) + self._words)

    def problem(self) -> str:
        """Return why it could not become the program; "" where it has."""
        return self._connection.recv(200).decode(errors="replace")

    def close(self) -> None:
        """Give the connection and our handle up."""
        self._connection.close()
        os.close(self.handle)


def launch(session: Session, wish: Launch) -> Inferior:
    """Start a program in a terminal, and return it stopped before its first instruction.

    Raises:
        LaunchError: it cannot be started.
        AttachError: the terminal's process may not be traced.
    """
    beginning = _Beginning(session, wish)
    try:
        inferior = trapline.attach(beginning.pid)
        try:
            _run_to_exec(inferior, beginning, wish)
        except BaseException:
            if inferior.state == trapline.State.STOPPED:
                inferior.kill()
            inferior.__exit__(None, None, None)
            raise
        return inferior
    finally:
        beginning.close()


def _run_to_exec(inferior: Inferior, beginning: _Beginning, wish: Launch) -> None:
    if not wish.randomize:
        inferior.syscall("personality", _NO_RANDOMIZATION)
    caught = inferior.set_catchpoint("exec")
    beginning.go_on()
    stop = inferior.resume(timeout=_PATIENCE)
    if not isinstance(stop, trapline.Execed):
        raise LaunchError(f"{wish.program}: {beginning.problem() or stop}", filename=wish.program)
    caught.delete()


def run_without_debugging(session: Session, wish: Launch) -> tuple[int, int]:
    """Start a program in a terminal and leave it alone; return its process id, and a pidfd of it.

    Raises:
        LaunchError: it cannot be started.
    """
    beginning = _Beginning(session, wish)
    try:
        beginning.go_on()
        problem = beginning.problem()  # the socket ends with the exec
        handle = os.dup(beginning.handle)
    except OSError as error:
        raise DebuggerError(f"the editor's terminal has gone: {error.strerror}") from None
    finally:
        beginning.close()
    if problem:
        os.close(handle)
        raise LaunchError(f"{wish.program}: {problem}", filename=wish.program)
    return beginning.pid, handle
