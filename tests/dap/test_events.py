"""Events that come beside the usual ones: progress, memory, invalidated, loadedSource."""

from __future__ import annotations

import base64
import io
import itertools
import os
import select
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.dap import schema
from tests.dap.client import TIMEOUT, Client, Failed, SocketClient
from tests.dap.places import EDITOR, at, path
from tests.support import programs

from trapline import main
from trapline.dap import events, program_files, progress, server
from trapline.dap.problems import Refused
from trapline.dap.protocol import Reader, Writer
from trapline.dap.session import Session


class Watched:
    """A session without a client, whose clock a test turns."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(progress.time, "monotonic", lambda: self.now)
        self._sent: list[bytes] = []
        self.session = Session(Writer(self._sent.append), lambda inferior, go: pytest.fail("no console"))
        self.progress = progress.IndexProgress(self.session)
        self.module: Any = SimpleNamespace(name="large")

    def read(self, units: int, *, each: float, upto: int | None = None) -> list[dict[str, Any]]:
        """Read units that take so long each, and return the events."""
        for done in range(1, (upto or units) + 1):
            self.now += each
            self.progress(self.module, done, units)
        reader = Reader(io.BytesIO(b"".join(self._sent)))
        self._sent.clear()
        found = []
        while (message := reader.read()) is not None:
            schema.check(message)
            found.append(message)
        return found


def test_progress_of_a_long_index(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(monkeypatch)
    events = watched.read(100, each=0.05)
    names = [one["event"] for one in events]
    assert names[0] == "progressStart" and names[-1] == "progressEnd"
    assert set(names[1:-1]) == {"progressUpdate"} and 10 < len(names) < 25
    assert events[0]["body"]["title"].endswith("large") and events[0]["body"]["cancellable"]
    parts = [one["body"]["percentage"] for one in events[:-1]]
    assert parts == sorted(parts)
    assert len({one["body"]["progressId"] for one in events}) == 1


def test_a_short_one_is_not_worth_telling(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Watched(monkeypatch).read(100, each=0.001) == []


def test_progress_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(monkeypatch)
    number = watched.read(100, each=0.05, upto=30)[0]["body"]["progressId"]
    cancel = {"type": "request", "seq": 1, "command": "cancel", "arguments": {"progressId": number}}
    watched.session.arrived(cancel)
    with pytest.raises(Refused, match="cancelled"):
        watched.read(100, each=0.05)


def test_output_is_whole_though_we_did_not_run_for_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither is it left for later, nor is there anything of ours in it."""
    told: list[str] = []
    files = program_files.ProgramFiles(lambda category, text: told.append(text), [None, None, None])
    take, looks = files._take, itertools.count()

    def late(stream: Any) -> bool:
        """Find nothing the first time, and be put aside."""
        if next(looks):
            return take(stream)
        assert select.select([stream.descriptor], [], [], TIMEOUT)[0]
        return False

    clock = itertools.chain([0.0, 1.0], itertools.repeat(100.0))
    try:
        with monkeypatch.context() as patched:
            patched.setattr(program_files.time, "monotonic", lambda: next(clock))
            with files._streams[0].lock:
                os.write(files.options["stdout"], b"some text\n")
                patched.setattr(files, "_take", late)
            files.flush()
            assert "".join(told) == "some text\n"
    finally:
        files.close()


class Held(progress.IndexProgress):
    """One that is held after its first event until the test lets it go on."""

    released = threading.Event()

    def __call__(self, module: Any, done: int, units: int) -> None:
        """Tell, and wait."""
        super().__call__(module, done, units)
        assert self.released.wait(TIMEOUT)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[SocketClient]:
    """Give a client of a server in this process, which tells of an index at once and then waits."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # no index has been made before
    monkeypatch.setattr(progress, "_DELAY", 0)
    monkeypatch.setattr(events, "IndexProgress", Held)
    monkeypatch.setattr(Held, "released", threading.Event())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = SocketClient(listener.getsockname()[1], features={"supportsProgressReporting": True})
        accepted, _ = listener.accept()
    thread = threading.Thread(target=server._serve_connection, args=(accepted, main._console))
    thread.start()
    yield client
    Held.released.set()
    client.close()
    thread.join()


def test_a_long_index_is_cancelled_by_the_client(held: SocketClient) -> None:
    """progressStart, the client's cancel, progressEnd, the request's answer: in this order."""
    other = programs.build("types_owner.c", "-c")
    held.launch(programs.build("types_user.c", libraries=(other,)), stopOnEntry=True)
    held.stopped("entry")
    asked = held.send("evaluate", expression="info functions main", context="repl")
    start = held.event("progressStart", cancellable=True)
    cancel = held.send("cancel", progressId=start["progressId"])
    held.response(cancel)
    Held.released.set()
    held.event("progressEnd", progressId=start["progressId"])
    with pytest.raises(Failed, match=r"^cancelled$"):
        held.response(asked)
    wanted = ("progressStart", "progressEnd", asked)
    marks = [one.get("event", one.get("request_seq")) for one in held.log]
    assert [mark for mark in marks if mark in wanted] == list(wanted)
    # Nothing half made is kept: the next one has them all.
    found = held.request("evaluate", expression="info functions main", context="repl")["result"]
    assert "int main(void);" in found
    again = held.event("progressStart")["progressId"]
    assert again != start["progressId"]
    held.event("progressEnd", progressId=again)


def test_the_request_that_wants_an_index_is_cancelled(held: SocketClient) -> None:
    """By its own number, as an editor does whose user has closed the box."""
    other = programs.build("types_owner.c", "-c")
    held.launch(programs.build("types_user.c", libraries=(other,)), stopOnEntry=True)
    held.stopped("entry")
    asked = held.send("evaluate", expression="info functions main", context="repl")
    start = held.event("progressStart")
    held.request("cancel", requestId=asked)
    Held.released.set()
    held.event("progressEnd", progressId=start["progressId"])
    with pytest.raises(Failed, match=r"^cancelled$"):
        held.response(asked)


def test_an_index_tells_how_far_it_is(launch: Callable[..., Any]) -> None:
    """What the library hands over: every unit once, in order, to the last."""
    inferior = launch([programs.build(EDITOR)])
    told: list[tuple[str, int, int]] = []
    inferior.index_progress = lambda module, done, units: told.append((module.name, done, units))
    inferior.declarations("functions", "scale")
    assert ("editor", 1, 1) in told


@pytest.fixture
def hearing(connect: Callable[..., Client]) -> Client:
    client = connect(features={"supportsMemoryEvent": True, "supportsInvalidatedEvent": True})
    client.launch(programs.build(EDITOR), {path(EDITOR): [at("begin")]})
    client.stopped("breakpoint")
    return client


def test_memory_that_was_written(hearing: Client) -> None:
    reference = hearing.request("evaluate", expression="text", context="watch")["memoryReference"]
    hearing.request("writeMemory", memoryReference=reference, data=base64.b64encode(b"ab").decode())
    assert hearing.event("memory") == {"memoryReference": reference, "offset": 0, "count": 2}
    assert hearing.event("invalidated")["areas"] == ["variables"]
    hearing.request("setExpression", expression="half", value="4")
    assert hearing.event("memory")["count"] == 8


def test_a_command_that_changes_the_stack(hearing: Client) -> None:
    hearing.request("evaluate", expression="print here.x", context="repl")
    hearing.request("evaluate", expression="set var $rax = 5", context="repl")
    assert hearing.event("invalidated")["areas"] == ["all"]
    assert len(hearing.events("invalidated")) == 1


def test_sources_of_a_library_that_is_loaded_later(client: Client) -> None:
    library = programs.build("plugin.c", "-shared", "-fPIC")
    client.launch(programs.build("loader.c", "-ldl"), args=[library], stopOnEntry=True)
    thread = client.stopped("entry")
    known = [one["path"] for one in client.request("loadedSources")["sources"]]
    assert path("plugin.c") not in known
    client.request("continue", threadId=thread)
    while client.event("loadedSource", reason="new")["source"]["path"] != path("plugin.c"):
        pass
    client.event("terminated")


@pytest.mark.parametrize("ends", [False, True])
def test_a_bug_in_a_run_leaves_a_session(
    launch: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, ends: bool
) -> None:
    """The client hears of it, and how the program is: it never waits for a stop that does not come."""
    sent: list[bytes] = []
    session = Session(Writer(sent.append), lambda inferior, go: pytest.fail("no console"))
    inferior = session.inferior = launch([programs.build(EDITOR)])
    whole = type(inferior).resume

    def broken(one: Any) -> None:
        if ends:
            whole(one)
        session.closed()  # nothing more is asked for: run() returns
        raise RuntimeError("a register\nis missing")

    monkeypatch.setattr(type(inferior), "resume", broken)
    arguments = {"threadId": inferior.thread.tid}
    session.arrived({"type": "request", "seq": 1, "command": "continue", "arguments": arguments})
    session.run()
    reader = Reader(io.BytesIO(b"".join(sent)))
    found = []
    while (message := reader.read()) is not None:
        schema.check(message)
        found.append(message)
    told = [one["body"]["output"] for one in found if one.get("body", {}).get("category") == "important"]
    assert told == ["internal error: RuntimeError: a register is missing\n"]
    names = [one.get("event", one["type"]) for one in found]
    assert names[0] == "response" and names[-1] == ("terminated" if ends else "stopped")
    assert not {"terminated", "stopped"} & set(names[:-1])
