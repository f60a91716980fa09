"""Events that come beside the usual ones: progress, memory, invalidated, loadedSource."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from tests.dap import schema
from tests.dap.client import Client
from tests.dap.places import EDITOR, at, path
from tests.support import programs

from trapline.dap import progress
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
