"""What editors are documented to send, replayed: a whole session of each, in its order and with its quirks.

Sources, read in November 2026: VS Code (rawDebugSession, debugSession), nvim-dap (lua/dap/session.lua),
dape (dape.el), Zed (crates/project/src/debugger), Helix (helix-dap/src/client.rs), LSP4IJ (docs/dap).
nvim-dap-2022 is what nvim-dap of late 2022 sent on Neovim 0.7.2 that ran here.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.dap.client import Body, Client
from tests.dap.places import EDITOR, at, path
from tests.support import programs

PATH = path(EDITOR)


@dataclass(frozen=True)
class Editor:
    """One editor: what it says of itself, what it adds to requests, how it ends a session."""

    initialize: dict[str, Any]
    launch: dict[str, Any] = field(default_factory=dict)
    """What it adds to the arguments of `launch`."""
    breakpoints: dict[str, Any] = field(default_factory=dict)
    """What it adds to the arguments of `setBreakpoints`."""
    step: dict[str, Any] = field(default_factory=dict)
    """What it adds to the arguments of a step."""
    stack: tuple[dict[str, Any], ...] = ({},)
    """The pages of the stack that it asks for."""
    first: int = 1
    """The number of its first request."""
    nothing: Any = field(default_factory=dict)
    """The arguments of a request that has none."""
    terminates: bool = False
    """Whether it asks the program to end before it disconnects."""
    disconnects: bool = True
    """Whether it says goodbye after `terminated`, or only closes the connection."""
    interrupts: bool = False
    """Whether it sends the adapter SIGINT when it has done with it, and wants status 0 all the same."""


COUNTED = {"linesStartAt1": True, "columnsStartAt1": True, "pathFormat": "path"}

EDITORS = {
    "vscode": Editor(
        {
            **COUNTED,
            "clientID": "vscode",
            "clientName": "Visual Studio Code",
            "adapterID": "trapline",
            "locale": "en",
            "supportsVariableType": True,
            "supportsVariablePaging": True,
            "supportsRunInTerminalRequest": True,
            "supportsMemoryReferences": True,
            "supportsProgressReporting": True,
            "supportsInvalidatedEvent": True,
            "supportsMemoryEvent": True,
            "supportsArgsCanBeInterpretedByShell": True,
            "supportsStartDebuggingRequest": True,
            "supportsANSIStyling": True,
        },
        launch={
            "name": "Launch",
            "type": "trapline",
            "request": "launch",
            "__configurationTarget": 6,
            "__sessionId": "5c3a1f0e",
        },
        breakpoints={"sourceModified": False},
        stack=({"startFrame": 0, "levels": 1}, {"startFrame": 1, "levels": 19}),
        terminates=True,
    ),
    "nvim-dap": Editor(
        {
            **COUNTED,
            "clientID": "neovim",
            "clientName": "neovim",
            "adapterID": "nvim-dap",
            "supportsRunInTerminalRequest": True,
            "supportsVariableType": True,
            "supportsProgressReporting": True,
            "supportsStartDebuggingRequest": True,
            "locale": "C.UTF-8",
        },
        launch={"name": "Launch", "type": "trapline", "request": "launch"},
        breakpoints={"sourceModified": False},
        step={"granularity": "statement"},
        stack=({"startFrame": 0},),
        first=0,
        nothing=None,
        terminates=True,
        disconnects=False,
        interrupts=True,
    ),
    "nvim-dap-2022": Editor(
        {
            **COUNTED,
            "clientId": "neovim",  # misspelt, so the adapter does not know who it is
            "clientname": "neovim",
            "adapterID": "nvim-dap",
            "supportsRunInTerminalRequest": True,
            "supportsVariableType": True,
            "locale": "C.UTF-8",
        },
        launch={"name": "Launch", "type": "trapline", "request": "launch"},
        breakpoints={"sourceModified": False},
        step={"granularity": "statement"},
        first=0,
        nothing=None,
        terminates=True,
        disconnects=False,
    ),
    "dape": Editor(
        {
            **COUNTED,
            "clientID": "dape",
            "adapterID": "trapline",
            "supportsRunInTerminalRequest": True,
            "supportsArgsCanBeInterpretedByShell": True,
            "supportsProgressReporting": True,
            "supportsStartDebuggingRequest": True,
        },
        launch={"type": "trapline", "request": "launch", "stopOnEntry": False},
        breakpoints={"sourceModified": False},
        stack=({"levels": 1}, {"startFrame": 1, "levels": 20}),
    ),
    "zed": Editor(
        {
            **COUNTED,
            "clientID": "zed",
            "clientName": "Zed",
            "adapterID": "GDB",
            "locale": "en-US",
            "supportsVariableType": True,
            "supportsVariablePaging": False,
            "supportsRunInTerminalRequest": True,
            "supportsMemoryReferences": True,
            "supportsProgressReporting": False,
            "supportsInvalidatedEvent": False,
            "supportsMemoryEvent": False,
            "supportsArgsCanBeInterpretedByShell": False,
            "supportsStartDebuggingRequest": True,
            "supportsANSIStyling": True,
        },
        launch={"request": "launch"},
        breakpoints={"sourceModified": False},
        step={"granularity": "line"},
        terminates=True,
    ),
    "helix": Editor(
        {
            **COUNTED,
            "clientID": "hx",
            "clientName": "helix",
            "adapterID": "trapline",
            "locale": "en-us",
            "supportsVariableType": True,
            "supportsVariablePaging": False,
            "supportsRunInTerminalRequest": True,
            "supportsMemoryReferences": False,
            "supportsProgressReporting": False,
            "supportsInvalidatedEvent": False,
        },
        launch={"console": "internalConsole"},
        breakpoints={"sourceModified": False},
        first=0,
        nothing=None,
    ),
    "lsp4ij": Editor(
        {
            **COUNTED,
            "clientID": "lsp4ij",
            "clientName": "LSP4IJ",
            "adapterID": "trapline",
            "locale": "en_US",
            "supportsRunInTerminalRequest": True,
            "supportsStartDebuggingRequest": True,
            "supportsVariableType": True,
            "supportsVariablePaging": False,
        },
        launch={"type": "trapline", "name": "Launch", "request": "launch"},
        step={"granularity": "line"},
    ),
}


@pytest.fixture(params=EDITORS)
def editor(request: pytest.FixtureRequest) -> Editor:
    return EDITORS[request.param]


class Replay:
    """An editor at work with the adapter of a client."""

    def __init__(self, editor: Editor, client: Client) -> None:
        self.editor = editor
        self.client = client
        client._sequence = editor.first - 1

    def request(self, command: str, **arguments: Any) -> Body:
        """Send a request as the editor does and return the body of the answer."""
        return self.client.response(self.send(command, **arguments))

    def send(self, command: str, **arguments: Any) -> int:
        """Send a request as the editor does and return its number."""
        body = {"arguments": arguments or self.editor.nothing}
        return self.client.post({"type": "request", "command": command, **body})

    def start(self, program: str, *lines: int, **arguments: Any) -> list[Body]:
        """Begin a session, up to the answer of `configurationDone`, and return how the breakpoints are."""
        client = self.client
        capabilities = self.request("initialize", **self.editor.initialize)
        launch = self.send("launch", program=program, **{**self.editor.launch, **arguments})
        client.event("initialized")
        found = self.request(
            "setBreakpoints",
            source={"name": EDITOR, "path": PATH},
            breakpoints=[{"line": one} for one in lines],
            lines=list(lines),
            **self.editor.breakpoints,
        )["breakpoints"]
        if capabilities.get("supportsFunctionBreakpoints"):
            self.request("setFunctionBreakpoints", breakpoints=[])
        if filters := capabilities.get("exceptionBreakpointFilters"):
            wanted = [one["filter"] for one in filters if one.get("default")]
            self.request("setExceptionBreakpoints", filters=wanted, filterOptions=[])
        assert capabilities["supportsConfigurationDoneRequest"]
        self.request("configurationDone")
        client.response(launch)
        return found

    def stopped(self, reason: str) -> tuple[int, list[Body]]:
        """Wait for a stop, look at it as the editor does, and return its thread and frames."""
        thread = self.client.stopped(reason)
        threads = self.request("threads")["threads"]
        assert thread in [one["id"] for one in threads]
        frames: list[Body] = []
        for page in self.editor.stack:
            frames += self.request("stackTrace", threadId=thread, **page)["stackFrames"]
        assert len({one["id"] for one in frames}) == len(frames)
        return thread, frames

    def values(self, frame: Body) -> dict[str, str]:
        """Return the variables of a frame that cost nothing, as the editor shows them unasked."""
        found = {}
        for scope in self.request("scopes", frameId=frame["id"])["scopes"]:
            if not scope.get("expensive"):
                body = self.request("variables", variablesReference=scope["variablesReference"])
                found |= {one["name"]: one["value"] for one in body["variables"]}
        return found

    def end(self) -> None:
        """End the session as the editor does, and see the adapter gone."""
        if self.editor.terminates:
            self.request("terminate", restart=False)
            self.client.event("terminated")
        if self.editor.disconnects:
            self.request("disconnect", **({"restart": False} if self.editor.nothing is not None else {}))
        if self.editor.interrupts:
            self.client.process.send_signal(signal.SIGINT)
        assert self.client.close() == 0


@pytest.fixture
def replay(editor: Editor, connect: Callable[..., Client]) -> Replay:
    return Replay(editor, connect())


def test_a_session(replay: Replay) -> None:
    found = replay.start(programs.build(EDITOR), at("scale"))
    assert [(one["verified"], one["line"]) for one in found] == [(True, at("scale"))]
    thread, frames = replay.stopped("breakpoint")
    assert [(one["name"], one["line"]) for one in frames[:2]] == [
        ("scale", at("scale")),
        ("main", at("call")),
    ]
    assert frames[0]["source"] == {"name": EDITOR, "path": PATH}
    assert frames[0]["column"] >= 0
    values = replay.values(frames[0])
    assert (values["value"], values["factor"]) == ("3", "10")
    replay.request("next", threadId=thread, **replay.editor.step)
    thread, frames = replay.stopped("step")
    assert replay.values(frames[0])["scaled"] == "30"
    hover = replay.request("evaluate", expression="scaled", frameId=frames[0]["id"], context="hover")
    assert hover["result"] == "30"
    replay.request("stepOut", threadId=thread, **replay.editor.step)
    thread, frames = replay.stopped("step")
    assert frames[0]["name"] == "main"
    replay.request("setBreakpoints", source={"path": PATH}, breakpoints=[], lines=[])
    replay.request("continue", threadId=thread)
    assert replay.client.event("exited")["exitCode"] == 7
    replay.client.event("terminated")
    replay.request("disconnect", terminateDebuggee=True)
    assert replay.client.close() == 0


def test_breakpoints_of_another_program_in_vscode(connect: Callable[..., Client]) -> None:
    """It sends those of every file; a message that pops up says nothing of them."""
    replay = Replay(EDITORS["vscode"], connect())
    replay.start(programs.build("twelve.c"), at("scale"))
    replay.client.event("terminated")
    told = [one for one in replay.client.events("output") if "never bound" in one["output"]]
    assert [one["category"] for one in told] == ["console"]
    replay.request("disconnect", restart=False)
    assert replay.client.close() == 0


def test_vscode_without_debugging(connect: Callable[..., Client]) -> None:
    """What it asks for all the same is refused without a message to the user."""
    client = connect()
    replay = Replay(EDITORS["vscode"], client)
    replay.request("initialize", **replay.editor.initialize)
    launch = replay.send("launch", program=programs.build("spin.c"), noDebug=True, **replay.editor.launch)
    client.event("initialized")
    replay.request("configurationDone")
    client.response(launch)
    for number in (replay.send("threads"), replay.send("breakpointLocations", source={"path": PATH}, line=1)):
        assert not client.answer(number)["body"]["error"]["showUser"]
    replay.end()


def test_vscode_opens_all_that_is_the_functions_own(connect: Callable[..., Client]) -> None:
    """It opens the first scope by itself, and no other."""
    replay = Replay(EDITORS["vscode"], connect())
    replay.start(programs.build(EDITOR), at("scale"))
    _, frames = replay.stopped("breakpoint")
    scopes = replay.request("scopes", frameId=frames[0]["id"])["scopes"]
    assert [one["name"] for one in scopes] == ["Locals", "Globals", "Registers"]
    first = replay.request("variables", variablesReference=scopes[0]["variablesReference"])["variables"]
    assert [one["name"] for one in first] == ["scaled", "value", "factor"]
    changed = {"variablesReference": scopes[0]["variablesReference"], "name": "factor", "value": "5"}
    assert replay.request("setVariable", **changed)["value"] == "5"
    replay.end()


def test_a_completion_in_vscode(connect: Callable[..., Client]) -> None:
    """VS Code offers what its own cut out of the text and the label begin with the word before the cursor."""
    replay = Replay(EDITORS["vscode"], connect())
    replay.start(programs.build(EDITOR), at("scale"))
    _, frames = replay.stopped("breakpoint")
    for text, word in (("fac", "fac"), ("print fac", "fac"), ("info bre", "bre")):
        body = replay.request("completions", text=text, column=len(text) + 1, frameId=frames[0]["id"], line=1)
        assert body["targets"]
        for one in body["targets"]:
            start, length = one.get("start", 0), one["length"]
            sought = text[start : start + length] if start and length else ""
            assert text[-length:].endswith(word) and (sought + one["label"]).startswith(text[-length:])
    replay.end()


def test_ended_while_it_stands(replay: Replay) -> None:
    replay.start(programs.build(EDITOR), at("scale"))
    replay.stopped("breakpoint")
    replay.end()


def test_ended_while_it_runs(replay: Replay) -> None:
    replay.start(programs.build("spin.c"))
    replay.end()


def test_a_launch_that_fails(editor: Editor, client: Client) -> None:
    """Why is in the answer, in one line that the editor shows; the session can be closed then."""
    replay = Replay(editor, client)
    replay.request("initialize", **editor.initialize)
    answer = client.answer(replay.send("launch", program="/nowhere/at/all", **editor.launch))
    assert not answer["success"]
    assert "/nowhere/at/all" in answer["message"] and "\n" not in answer["message"]
    assert answer["body"]["error"]["showUser"]
    replay.request("disconnect")
    assert client.close() == 0
