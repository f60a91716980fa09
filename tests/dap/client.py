"""A client of the adapter: sends requests, and expects responses and events in an order."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.dap import schema

Body = dict[str, Any]
TIMEOUT = 60.0  # seconds; what comes at all comes in milliseconds, on a machine that is not busy


class Failed(Exception):
    """A response that is no success; `str()` is its message."""


class Client:
    """One connection; `log` has every message that has come, checked against the schema."""

    def __init__(
        self, *, features: dict[str, bool] | None = None, environment: dict[str, str] | None = None
    ) -> None:
        command = [sys.executable, "-m", "trapline", "dap"]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env={**os.environ, **(environment or {})},
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        self._out, self._in = self.process.stdin.fileno(), self.process.stdout.fileno()
        self._prepare(features)

    def _prepare(self, features: dict[str, bool] | None) -> None:
        self._buffer = b""
        self._sequence = 0
        self._seen = 0
        self.log: list[Body] = []
        self.answers: dict[str, Callable[[Body], Body]] = {}
        """What answers the adapter's own requests, by command."""
        self.features = features or {}
        self.capabilities: Body = {}

    # -- sending -----------------------------------------------------------------------------------

    def send_bytes(self, data: bytes) -> None:
        """Send what need not be a message."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._out, view) :]

    def post(self, message: Body) -> int:
        """Send a message and return its number."""
        self.send_bytes(self._written(message))
        return self._sequence

    @property
    def next_number(self) -> int:
        """The number of the next message."""
        return self._sequence + 1

    def _written(self, message: Body) -> bytes:
        self._sequence += 1
        body = json.dumps({"seq": self._sequence, **message}).encode()
        return b"Content-Length: %d\r\n\r\n" % len(body) + body

    def send_together(self, requests: list[tuple[str, Body]]) -> list[int]:
        """Send requests at once, each with its arguments, and return their numbers."""
        first = self.next_number
        self.send_bytes(
            b"".join(
                self._written({"type": "request", "command": command, "arguments": arguments})
                for command, arguments in requests
            )
        )
        return list(range(first, self._sequence + 1))

    def send(self, command: str, **arguments: Any) -> int:
        """Send a request and return its number."""
        return self.post({"type": "request", "command": command, "arguments": arguments})

    def request(self, command: str, **arguments: Any) -> Body:
        """Send a request and return the body of its response; Failed where it has none."""
        return self.response(self.send(command, **arguments))

    # -- receiving ---------------------------------------------------------------------------------

    def _receive(self, deadline: float) -> Body:
        while True:
            head, separator, rest = self._buffer.partition(b"\r\n\r\n")
            if separator:
                length = int(head.removeprefix(b"Content-Length: "))
                if len(rest) >= length:
                    self._buffer = rest[length:]
                    return self._took(json.loads(rest[:length]))
            ready, _, _ = select.select([self._in], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise AssertionError(f"nothing more came; last: {self.tail()}")
            data = os.read(self._in, 1 << 16)
            if not data:
                raise EOFError(f"the adapter has ended; last: {self.tail()}")
            self._buffer += data

    def _took(self, message: Body) -> Body:
        schema.check(message)
        self.log.append(message)
        if message["type"] == "request":
            answer = self.answers[message["command"]](message["arguments"])
            self.post(
                {
                    "type": "response",
                    "request_seq": message["seq"],
                    "command": message["command"],
                    "success": True,
                    **answer,
                }
            )
        return message

    def poll(self, seconds: float) -> None:
        """Take in what comes within some seconds."""
        deadline = time.monotonic() + seconds
        while True:
            self._receive(deadline)

    def drain(self) -> None:
        """Take in everything up to the end of the connection."""
        with contextlib.suppress(EOFError):
            while True:
                self._receive(time.monotonic() + TIMEOUT)

    def tail(self) -> str:
        """Return the last messages, for a failure's text."""
        return "\n  ".join(json.dumps(one)[:300] for one in self.log[-8:])

    def wait(self, fits: Callable[[Body], bool], what: str = "") -> Body:
        """Return the next message that fits, behind the last one that was waited for."""
        deadline = time.monotonic() + TIMEOUT
        while True:
            while self._seen < len(self.log):
                message = self.log[self._seen]
                self._seen += 1
                if fits(message):
                    return message
            try:
                self._receive(deadline)
            except AssertionError as error:
                raise AssertionError(f"waited for {what}: {error}") from None

    def answer(self, number: int) -> Body:
        """Return the whole response to a request; events that come before it stay to be waited for."""
        deadline = time.monotonic() + TIMEOUT
        while True:
            for message in reversed(self.log):
                if message["type"] == "response" and message["request_seq"] == number:
                    return message
            self._receive(deadline)

    def response(self, number: int) -> Body:
        """Return the body of the response to a request; Failed where it is no success."""
        message = self.answer(number)
        if not message["success"]:
            raise Failed(message["message"])
        return message.get("body", {})

    def event(self, name: str, **expected: Any) -> Body:
        """Return the body of the next event of a name whose body has these values."""

        def fits(message: Body) -> bool:
            body = message.get("body", {})
            return (
                message["type"] == "event"
                and message["event"] == name
                and all(body.get(key) == value for key, value in expected.items())
            )

        return self.wait(fits, f"{name} {expected or ''}").get("body", {})

    def events(self, name: str) -> list[Body]:
        """Return the bodies of all events of a name that have come so far."""
        return [one.get("body", {}) for one in self.log if one["type"] == "event" and one["event"] == name]

    def output(self, category: str) -> str:
        """Return all output of a category that has come so far."""
        return "".join(one["output"] for one in self.events("output") if one.get("category") == category)

    def until_output(self, text: str, category: str = "stdout") -> None:
        """Wait until the program has written a text."""
        deadline = time.monotonic() + TIMEOUT
        while text not in self.output(category):
            self._receive(deadline)

    # -- what tests do often -----------------------------------------------------------------------

    def initialize(self) -> Body:
        """Open the conversation."""
        self.capabilities = self.request(
            "initialize",
            adapterID="trapline",
            clientID="tests",
            linesStartAt1=True,
            columnsStartAt1=True,
            pathFormat="path",
            **self.features,
        )
        return self.capabilities

    def launch(self, program: str, lines: dict[str, list[int]] | None = None, **arguments: Any) -> list[Body]:
        """Launch with breakpoints at lines of files, let it go, and return how the breakpoints are."""
        self.begin("launch", program=program, **arguments)
        return self.configure(lines)

    def begin(self, command: str, **arguments: Any) -> None:
        """Open the conversation and get a program by `launch` or `attach`; it waits to be configured."""
        self.initialize()
        self.request(command, **arguments)
        self.event("initialized")

    def configure(self, lines: dict[str, list[int]] | None = None) -> list[Body]:
        """Set breakpoints at lines of files, let the program go, and return how the breakpoints are."""
        found: list[Body] = []
        for path, wanted in (lines or {}).items():
            found += self.break_at(path, *wanted)
        self.request("configurationDone")
        return found

    def break_at(self, path: str, *lines: int, **more: Any) -> list[Body]:
        """Set the breakpoints of a file, and return how they are."""
        body = self.request(
            "setBreakpoints", source={"path": path}, breakpoints=[{"line": line, **more} for line in lines]
        )
        return body["breakpoints"]

    def stopped(self, reason: str, **expected: Any) -> int:
        """Wait for a stop and return its thread."""
        body = self.event("stopped")
        assert body["reason"] == reason, (body, self.tail())
        assert body["allThreadsStopped"]
        for key, value in expected.items():
            assert body.get(key) == value, (body, key)
        return body["threadId"]

    def thread(self) -> int:
        """Return the first thread."""
        thread: int = self.request("threads")["threads"][0]["id"]
        return thread

    def frames(self, thread: int, **arguments: Any) -> list[Body]:
        """Return the frames of a thread."""
        return self.request("stackTrace", threadId=thread, **arguments)["stackFrames"]

    def top(self, thread: int) -> tuple[str, int]:
        """Return name and line of the innermost frame."""
        frame = self.frames(thread, levels=1)[0]
        return frame["name"], frame["line"]

    def scope(self, frame: int, name: str) -> int:
        """Return the reference of a scope."""
        scopes = self.request("scopes", frameId=frame)["scopes"]
        return next(one["variablesReference"] for one in scopes if one["name"] == name)

    def variables(self, reference: int, **arguments: Any) -> dict[str, Body]:
        """Return variables by name."""
        found = self.request("variables", variablesReference=reference, **arguments)["variables"]
        return {one["name"]: one for one in found}

    def end(self) -> None:
        """Disconnect, and see the adapter end by itself."""
        self.request("disconnect")
        self.close()

    def close(self) -> int:
        """Close the connection and return the adapter's exit status."""
        for stream in (self.process.stdin,):
            assert stream is not None
            stream.close()
        self.drain()
        status = self.process.wait(TIMEOUT)
        assert self.process.stdout is not None and self.process.stderr is not None
        self.process.stdout.close()
        errors = self.process.stderr.read().decode()
        self.process.stderr.close()
        assert not errors, errors
        return status

    def abandon(self) -> None:
        """Leave nothing behind, whatever state the test left it in."""
        if self.process.poll() is None:
            for stream in (self.process.stdin, self.process.stdout):
                assert stream is not None
                stream.close()
            try:
                self.process.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


class SocketClient(Client):
    """A client of a server that listens."""

    def __init__(self, port: int, features: dict[str, bool] | None = None) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), TIMEOUT)
        self._out = self._in = self._socket.fileno()
        self._prepare(features)

    def close(self) -> int:
        self._socket.close()
        return 0

    def abandon(self) -> None:
        self._socket.close()


@contextlib.contextmanager
def listening() -> Iterator[int]:
    """Run a server, and give its port; it ends by itself when it is interrupted, and has said nothing."""
    with server_process() as (server, port):
        yield port
        server.send_signal(signal.SIGINT)


@contextlib.contextmanager
def server_process() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run a server, and give it and its port; who uses it interrupts it, and it has said nothing."""
    command = [sys.executable, "-X", "faulthandler", "-m", "trapline", "dap", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            yield server, int(server.stderr.readline().rpartition(":")[2])
        except BaseException:
            server.kill()
            raise
        try:
            server.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            server.send_signal(signal.SIGABRT)  # faulthandler then says where each thread is
            raise AssertionError(f"the server did not end:\n{server.stderr.read()}") from None
        errors = server.stderr.read()
        assert not errors, errors


def clients(**options: Any) -> Iterator[Callable[..., Client]]:
    """Give what makes clients, whose adapters are ended when the test is."""
    made: list[Client] = []

    def make(**more: Any) -> Client:
        made.append(Client(**options, **more))
        return made[-1]

    yield make
    for one in made:
        one.abandon()
