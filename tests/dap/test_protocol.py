"""Framing, arguments, the shapes of messages, and the server's own options."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import types
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.dap import schema
from tests.dap.client import TIMEOUT, Client, Failed, SocketClient, listening, server_process
from tests.support import processes, programs

from trapline.dap import messages, requests
from trapline.dap.arguments import Arguments, BadArgument
from trapline.dap.handlers.capabilities import CAPABILITIES
from trapline.dap.handles import Handles
from trapline.dap.protocol import Malformed, Reader, Writer


def framed(*parts: Any) -> bytes:
    data = b""
    for part in parts:
        body = part if isinstance(part, bytes) else json.dumps(part).encode()
        data += b"Content-Length: %d\r\n\r\n" % len(body) + body
    return data


def read_all(data: bytes) -> list[Any]:
    """Return what a reader makes of a stream: messages, and the text of what was none."""
    reader = Reader(io.BytesIO(data))
    found: list[Any] = []
    while True:
        try:
            message = reader.read()
        except Malformed as error:
            found.append(str(error))
            continue
        if message is None:
            return found
        found.append(message)


def test_messages_come_as_they_were_sent() -> None:
    sent: list[dict[str, Any]] = [{"seq": 1, "text": "ä\n"}, {}, {"deep": [[{"a": None}]]}]
    assert read_all(framed(*sent)) == sent


@pytest.mark.parametrize(
    "noise",
    [
        b"hello\r\n",
        b"\r\n\r\n\r\n",
        b"Content-Type: json\r\n",
        b"Content-Length: many\r\n\r\n",
        b"Content-Length: -5\r\n\r\n",
        b"x" * 10000,
        framed(b"{bad}"),
        framed(b"[1, 2]"),
        framed(b"\xff\xfe"),
        framed(b"[" * 100000),
        b"Content-Length: 3\r\n\r\n{}",
        b"Content-Length: 1\r\n\r\n{}",
    ],
)
def test_noise_costs_no_message_behind_it(noise: bytes) -> None:
    found = read_all(noise + framed({"seq": 1}, {"seq": 2}))
    assert found[-1] == {"seq": 2}


def test_a_message_that_is_too_large_is_refused() -> None:
    assert "larger" in read_all(b"Content-Length: 99999999999\r\n\r\n")[0]


def test_a_stream_that_ends_in_a_message() -> None:
    assert read_all(framed({"seq": 1})[:-1]) == []
    assert read_all(b"Content-Length: 5\r\n") == []


def test_a_writer_numbers_and_survives_the_other_side() -> None:
    sent: list[bytes] = []
    writer = Writer(sent.append)
    writer.write({"type": "event"})
    writer.write({"type": "event"})
    assert [one["seq"] for one in read_all(b"".join(sent))] == [1, 2]

    def gone(data: bytes) -> None:
        raise BrokenPipeError

    writer = Writer(gone)
    writer.write({})
    writer.write({})
    assert writer.broken


def test_arguments_are_what_they_should_be() -> None:
    arguments = Arguments({"a": "text", "n": 3, "f": 4.0, "t": True, "l": ["x"], "none": None, "o": {"k": 1}})
    assert arguments.text("a") == "text" and arguments.integer("n") == 3 and arguments.integer("f") == 4
    assert arguments.flag("t") and not arguments.flag("none") and arguments.texts("l") == ["x"]
    assert arguments.object("o").integer("k") == 1 and "none" not in arguments
    for wrong in (
        lambda: arguments.text("n"),
        lambda: arguments.integer("t"),
        lambda: arguments.integer("a"),
        lambda: arguments.text("missing"),
        lambda: arguments.items("l"),
        lambda: arguments.texts("o"),
        lambda: arguments.address("a"),
        lambda: Arguments({"a": "-1"}).address("a"),
        lambda: Arguments({"f": 1.5}).integer("f"),
    ):
        with pytest.raises(BadArgument, match="argument"):
            wrong()
    assert Arguments([1, 2]).values == {}


def test_handles_are_never_used_again() -> None:
    handles: Handles[str] = Handles("thing")
    first = handles.add("a")
    handles.clear()
    second = handles.add("b")
    assert first != second and handles[second] == "b"
    with pytest.raises(Exception, match=f"thing {first} is not of this stop"):
        handles[first]


def _shapes() -> dict[str, Any]:
    """Return the TypedDicts of `messages` as type checkers see them: a running server has no `typing`."""
    source = Path(messages.__file__).read_text().replace("from trapline.base.typing ", "from typing ")
    module = types.ModuleType("tests.dap.typed_messages")
    sys.modules[module.__name__] = module  # where `typing` looks what an annotation's words mean
    exec(compile(source, messages.__file__, "exec"), vars(module))
    return {
        name: kind for name, kind in vars(module).items() if typing.is_typeddict(kind) and name != "TypedDict"
    }


SHAPES = _shapes()


def test_there_are_shapes() -> None:
    assert len(SHAPES) >= 10


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_are_the_schemas(name: str) -> None:
    """Every TypedDict has only members that the schema has, and all that it requires."""
    kind = SHAPES[name]
    definition = schema.DEFINITIONS[name]
    # Annotations are text, so NotRequired is not seen at run time: read it there.
    hints = typing.get_type_hints(kind, include_extras=True)
    optional = {key for key, hint in hints.items() if typing.get_origin(hint) is typing.NotRequired}
    required = set() if not kind.__total__ else set(hints) - optional
    assert set(hints) <= set(definition["properties"]), name
    assert set(definition.get("required", ())) <= set(hints), name
    assert set(definition.get("required", ())) == required or name == "Module", name


_BEHIND: dict[str, str] = {
    "supportsConfigurationDoneRequest": "configurationDone",
    "supportsFunctionBreakpoints": "setFunctionBreakpoints",
    "supportsInstructionBreakpoints": "setInstructionBreakpoints",
    "supportsDataBreakpoints": "setDataBreakpoints",
    "supportsBreakpointLocationsRequest": "breakpointLocations",
    "supportsGotoTargetsRequest": "goto",
    "supportsExceptionInfoRequest": "exceptionInfo",
    "supportsSetVariable": "setVariable",
    "supportsSetExpression": "setExpression",
    "supportsCompletionsRequest": "completions",
    "supportsModulesRequest": "modules",
    "supportsLoadedSourcesRequest": "loadedSources",
    "supportsReadMemoryRequest": "readMemory",
    "supportsWriteMemoryRequest": "writeMemory",
    "supportsDisassembleRequest": "disassemble",
    "supportsTerminateRequest": "terminate",
    "supportsRestartRequest": "restart",
    "supportsStepInTargetsRequest": "stepInTargets",
    "supportsTerminateThreadsRequest": "terminateThreads",
    "exceptionBreakpointFilters": "setExceptionBreakpoints",
    "supportsStepBack": "stepBack",
    "supportsRestartFrame": "restartFrame",
}


def test_capabilities_say_what_works_and_no_more() -> None:
    known = set(requests.commands())
    for capability, command in _BEHIND.items():
        assert bool(CAPABILITIES.get(capability)) == (command in known), capability
    assert set(CAPABILITIES) <= set(schema.DEFINITIONS["Capabilities"]["properties"])
    unknown = known - set(schema.REQUESTS)
    assert not unknown, unknown


_OURS = {"cancel", "runInTerminal", "startDebugging"}
"""Requests that no handler answers: one is about the others, and two are the adapter's own to the client."""


def test_every_request_of_the_protocol_is_answered_or_refused_with_a_reason(client: Client) -> None:
    known = set(requests.commands())
    assert known.isdisjoint(requests.REFUSED)
    assert set(schema.REQUESTS) == known | set(requests.REFUSED) | _OURS
    capabilities = client.initialize()
    assert not [name for name in capabilities if name not in CAPABILITIES]
    for command, why in requests.REFUSED.items():
        with pytest.raises(Failed) as refused:
            client.request(command)
        assert str(refused.value) == f"{command}: {why}"


def test_every_request_and_event_has_a_test() -> None:
    """Some test here sends each request that is answered, and waits for each event of the protocol."""
    sources = "\n".join(path.read_text() for path in Path(__file__).parent.glob("*.py"))
    sent = set(re.findall(r'\b(?:request|send|begin)\(\s*"(\w+)"', sources))
    assert set(requests.commands()) <= sent
    awaited = set(re.findall(r'\bevents?\(\s*"(\w+)"|"event": "(\w+)"', sources))
    progress = {"progressStart", "progressUpdate", "progressEnd"}  # test_events.py has their whole order
    assert set(schema.EVENTS) <= {name for pair in awaited for name in pair} | progress
    assert all(f'"{name}"' in sources for name in progress)


@pytest.mark.parametrize("ending", ["terminate", "disconnect"])
def test_an_end_is_not_cancelled(stopped: Client, ending: str) -> None:
    """A client that gives up on all that is open does not want to stay."""
    number, _ = stopped.send_together([(ending, {}), ("cancel", {"requestId": stopped.next_number})])
    assert stopped.answer(number)["success"]
    if ending == "terminate":
        stopped.event("terminated")
        stopped.end()
    else:
        stopped.close()


def test_cancel(client: Client) -> None:
    """What is waiting behind a long answer is answered with "cancelled"."""
    client.launch(programs.build("editor.c"), stopOnEntry=True)
    client.stopped("entry")
    first = client.send("evaluate", expression="1 + 1", context="watch")
    endless = client.send("evaluate", expression="forever()", context="watch")
    waiting = [client.send("loadedSources") for _ in range(3)]
    client.request("cancel", requestId=waiting[-1])  # none of them is answered before the call has ended
    client.request("cancel", requestId=endless)
    assert client.response(first)["result"] == "2"
    assert not client.answer(endless)["success"]
    with pytest.raises(Failed, match="cancelled"):
        client.response(waiting[-1])
    assert client.response(waiting[0])["sources"]


def test_a_server_that_listens_serves_several() -> None:
    """Each connection has its own program; the end of one ends that alone; the end of all leaves nothing."""
    with listening() as port:
        clients = [SocketClient(port) for _ in range(2)]
        for one in clients:
            one.launch(programs.build("editor.c"), stopOnEntry=True)
            one.stopped("entry")
        clients[0].request("disconnect")
        clients[0].drain()  # the server closes the connection
        clients[0].close()
        thread = clients[1].thread()
        clients[1].request("continue", threadId=thread)
        assert clients[1].event("exited")["exitCode"] == 7
        clients[1].close()


def test_an_interrupt_that_a_sessions_thread_gets_ends_the_server() -> None:
    """The kernel may choose any thread, and the main one waits for connections meanwhile."""
    with server_process() as (server, port):
        client = SocketClient(port)
        client.launch(programs.build("editor.c"), stopOnEntry=True)
        client.stopped("entry")
        threads = sorted(int(name) for name in os.listdir(f"/proc/{server.pid}/task"))
        processes.send_to_thread(server.pid, next(one for one in threads if one != server.pid), signal.SIGINT)
        client.drain()  # the server closes the connection
        client.close()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--listen", "0.0.0.0:0"], "--allow-remote"),
        (["--listen", "example.org:1"], "--allow-remote"),
        (["--listen", "here"], "HOST:PORT"),
        (["--listen"], "HOST:PORT"),
        (["--listen", "127.0.0.1:99999"], "HOST:PORT"),
        (["--loud"], "--loud"),
    ],
)
def test_options_that_mean_nothing(words: list[str], message: str) -> None:
    ran = subprocess.run([sys.executable, "-m", "trapline", "dap", *words], capture_output=True, text=True)
    assert ran.returncode == 2 and message in ran.stderr and len(ran.stderr.splitlines()) == 1
    assert ran.stdout == ""


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = subprocess.run(
            [sys.executable, "-m", "trapline", "dap", "--listen", f"127.0.0.1:{port}"],
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
    assert ran.returncode == 1 and len(ran.stderr.splitlines()) == 1


def test_a_warning_reaches_the_client_and_nothing_else(client: Client) -> None:
    client.launch(programs.build("editor.c"), stopOnEntry=True)
    thread = client.stopped("entry")
    client.request("setFunctionBreakpoints", breakpoints=[{"name": "never_there"}])
    client.request("continue", threadId=thread)
    client.event("terminated")
    assert "never_there" in client.output("console")
    client.end()


def test_the_client_does_not_count_from_one(connect: Callable[..., Client]) -> None:
    client = connect()
    client.features = {}
    client.request("initialize", adapterID="x", linesStartAt1=False, columnsStartAt1=False)
    client.request("launch", program=programs.build("editor.c"))
    client.event("initialized")
    line = programs.mark("editor.c", "scale")
    found = client.configure({str(programs.SOURCES / "editor.c"): [line - 1]})
    assert found[0]["line"] == line - 1
    thread = client.stopped("breakpoint")
    assert client.top(thread) == ("scale", line - 1)


def test_an_address_that_others_can_reach_says_so() -> None:
    """With --allow-remote it is served, and what that exposes is said once more."""
    command = [sys.executable, "-m", "trapline", "dap", "--allow-remote", "--listen", "0.0.0.0:0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        where, what = server.stderr.readline(), server.stderr.readline()
        client = SocketClient(int(where.rpartition(":")[2]))
        assert client.initialize()
        client.close()
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 130
    assert what == "trapline dap: whoever can reach this address runs programs as you\n"
