"""The server: `trapline dap` on standard input and output, or on a socket."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading

from trapline.base.errors import UnboundBreakpointWarning, UsageError
from trapline.base.typing import TYPE_CHECKING, Any, BinaryIO
from trapline.dap.protocol import Malformed, Reader, Writer
from trapline.dap.session import Session

if TYPE_CHECKING:
    import socket

    from trapline.dap.console import MakeConsole

USAGE = """\
usage: trapline dap                       speak the Debug Adapter Protocol on standard input and output
       trapline dap --listen HOST:PORT    serve every connection to a socket

  --allow-remote   listen on an address that is not this machine's own: whoever can reach it runs
                   programs as you"""


def main(words: list[str], make_console: MakeConsole) -> int:
    """Serve, and return the exit status."""
    try:
        address = _address(words)
    except UsageError as error:
        sys.stderr.write(f"trapline dap: {error}\n")
        return 2
    if "--help" in words or "-h" in words:
        sys.stdout.write(f"{USAGE}\n")
        return 0
    _show_warnings()
    if address is None:
        return _serve_standard(make_console)
    return _serve_socket(address, make_console)


def _address(words: list[str]) -> tuple[str, int] | None:
    """Return where to listen; None: nowhere.

    Raises:
        UsageError: an option is unknown, or the address is none, or another machine could reach it.
    """
    listen: str | None = None
    rest = [word for word in words if word not in ("--allow-remote", "--help", "-h")]
    while rest:
        word, equals, value = rest.pop(0).partition("=")
        if word != "--listen":
            raise UsageError(f"unknown option {word}; trapline dap --help lists them")
        if not equals:
            if not rest:
                raise UsageError("--listen needs HOST:PORT")
            value = rest.pop(0)
        listen = value
    if listen is None:
        return None
    host, _, port = listen.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) < 1 << 16):
        raise UsageError(f"--listen needs HOST:PORT, not {listen!r}")
    host = host.strip("[]") or "127.0.0.1"
    if not _is_own(host) and "--allow-remote" not in words:
        raise UsageError(
            f"{host} can be reached from other machines, and whoever connects can run programs as you; "
            "add --allow-remote if that is meant"
        )
    return host, int(port)


def _is_own(host: str) -> bool:
    """Whether an address is this machine's loopback."""
    return host in ("localhost", "::1") or (host.startswith("127.") and host.replace(".", "").isdigit())


def _serve_standard(make_console: MakeConsole) -> int:
    """Serve one client on standard input and output, which nothing else may read or write."""
    # nvim-dap closes the stream and sends SIGINT at once: the stream's end is enough.  A handler, because
    # a program that we launch would inherit that the signal is ignored.
    signal.signal(signal.SIGINT, lambda number, frame: None)
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)

    def send(data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(outgoing, view) :]

    serve(incoming, Writer(send), make_console)
    # The interpreter gives handlers back when it ends, and ends by a signal that comes then.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return 0


def _serve_socket(address: tuple[str, int], make_console: MakeConsole) -> int:
    """Serve every connection to a socket, each in a thread of its own, until we are interrupted."""
    import select
    import socket

    try:
        server = socket.create_server(
            address, family=socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        )
    except OSError as error:
        sys.stderr.write(f"trapline dap: cannot listen at {address[0]}:{address[1]}: {error.strerror}\n")
        return 1
    connections: list[tuple[threading.Thread, socket.socket]] = []
    # The kernel may give the signal to a session's thread; only the byte then wakes this one.  Nothing is
    # raised: that could come in the midst of a destructor, which would swallow it.
    woken, wakes = socket.socketpair()
    wakes.setblocking(False)
    before = signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
    handler = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        host, port = server.getsockname()[:2]
        sys.stderr.write(f"trapline dap: listening at {host}:{port}\n")
        if not _is_own(address[0]):
            sys.stderr.write("trapline dap: whoever can reach this address runs programs as you\n")
        sys.stderr.flush()
        while True:
            ready, _, _ = select.select([server, woken], [], [])
            if server not in ready:
                if signal.SIGINT in woken.recv(4096):
                    return 130
                continue
            connection, _ = server.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(
                target=_serve_connection, args=(connection, make_console), name="trapline-dap"
            )
            thread.start()
            connections = [one for one in connections if one[0].is_alive()]
            connections.append((thread, connection))
    finally:
        signal.signal(signal.SIGINT, handler)
        signal.set_wakeup_fd(before)
        for one in (server, woken, wakes):
            one.close()
        for thread, connection in connections:
            # Its reader sees the end of the stream, and the session ends its program.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve_connection(connection: socket.socket, make_console: MakeConsole) -> None:
    import socket

    with connection, connection.makefile("rb") as incoming:
        try:
            serve(incoming, Writer(connection.sendall), make_console)
        finally:
            # The reader may be waiting for more, which would keep the stream from being closed.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def serve(incoming: BinaryIO, writer: Writer, make_console: MakeConsole) -> None:
    """Serve one client until it disconnects or its stream ends; the calling thread owns the program."""
    session = Session(writer, make_console)
    _sessions[threading.get_ident()] = session
    reader = threading.Thread(target=_read, args=(incoming, session), name="trapline-dap-reader", daemon=True)
    reader.start()
    try:
        session.run()
    finally:
        del _sessions[threading.get_ident()]


_sessions: dict[int, Session] = {}
"""By the thread that owns its program."""


def _show_warnings() -> None:
    """Send the library's warnings to the client, where they would go to standard error."""
    import warnings

    shown = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
        session = _sessions.get(threading.get_ident())
        if session is None:
            shown(message, category, *place, **more)
        else:
            # A breakpoint in a file of another program is as usual as its hollow mark in the editor.
            is_usual = issubclass(category, UnboundBreakpointWarning)
            (session.say if is_usual else session.warn)(f"warning: {message}")

    warnings.simplefilter("always", UserWarning)
    warnings.simplefilter("always", RuntimeWarning)
    warnings.showwarning = show


def _read(incoming: BinaryIO, session: Session) -> None:
    reader = Reader(incoming)
    while True:
        try:
            message = reader.read()
        except Malformed as error:
            session.output("important", f"the client sent what cannot be read: {error}\n")
            continue
        except (OSError, ValueError):
            message = None
        if message is None:
            session.closed()
            return
        session.arrived(message)
