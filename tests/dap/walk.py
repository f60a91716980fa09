"""A client that sends whatever comes to its mind: valid, invalid, at the wrong time, broken.

A walk is made of its seed alone, so that a failure can be walked again.
"""

from __future__ import annotations

import contextlib
import json
import random
from typing import Any

from tests.dap.client import Client
from tests.dap.places import EDITOR, at, path
from tests.support import programs

_ODD: list[Any] = [
    None,
    -1,
    0,
    1,
    2**31,
    2**70,
    1.5,
    "",
    "x",
    "0x0",
    True,
    [],
    {},
    [{}],
    {"path": 1},
    "\ud800",
]
_NAMES = [
    "threadId", "frameId", "variablesReference", "source", "breakpoints", "line", "expression",
    "context", "name", "value", "memoryReference", "count", "offset", "instructionCount",
    "instructionOffset", "start", "levels", "startFrame", "filter", "filters", "filterOptions",
    "granularity", "targetId", "data", "text", "column", "program", "args", "pid", "sourceReference",
    "format", "requestId", "lines", "terminateDebuggee",
]  # fmt: skip


class Walk:
    """One walk with one adapter."""

    def __init__(self, client: Client, seed: int) -> None:
        """Begin with a program, or, now and then, without one."""
        self.client = client
        self.random = random.Random(seed)
        self.threads: list[int] = []
        self.frames: list[int] = []
        self.references: list[int] = []

    def walk(self, steps: int) -> None:
        """Take steps until they are done or the adapter has ended, which it may only when it was asked to."""
        if self.random.random() < 0.9:
            self.client.initialize()
            program = programs.build(self.random.choice([EDITOR, EDITOR, "spin.c", "threads.c", "forks.c"]))
            args = {"threads": ["4", "200"], "forks": ["fork", "3"]}.get(program.rpartition("/")[2], [])
            self.client.send("launch", program=program, args=args, stopOnEntry=self.random.random() < 0.5)
            if self.random.random() < 0.9:
                self.client.send("configurationDone")
        for _ in range(steps):
            self.step()
            self._learn()

    def step(self) -> None:
        """Do one thing."""
        kind = self.random.random()
        if kind < 0.04:
            self._noise()
        elif kind < 0.2:
            self._nonsense()
        else:
            command, arguments = self._sensible()
            self._send(command, arguments)

    def _send(self, command: str, arguments: Any) -> None:
        self.client.post({"type": "request", "command": command, "arguments": arguments})

    def _noise(self) -> None:
        body = json.dumps({"seq": 1, "type": "request", "command": "threads"}).encode()
        self.client.send_bytes(
            self.random.choice(
                [
                    b"garbage\r\n",
                    b"Content-Length: 5\r\n\r\n{bad}",
                    b"Content-Length: %d\r\n\r\n" % (len(body) - 3) + body,
                    b"Content-Length: x\r\n\r\n" + body,
                    b"\r\n\r\n",
                    b"Content-Length: 2\r\n\r\n[]",
                    b'Content-Length: 21\r\n\r\n{"type": "something"}',
                    b"Content-Length: 4\r\n\r\nnull",
                    b"\xff" * 50 + b"\n",
                ]
            )
        )

    def _nonsense(self) -> None:
        """Send a known command with odd arguments, or an unknown one."""
        command = self.random.choice([*_SENSIBLE, "noSuch", "", "launch", "attach"])
        names = self.random.sample(_NAMES, self.random.randrange(6))
        arguments: Any = {name: self.random.choice(_ODD) for name in names}
        if command in ("attach", "launch"):
            # Whatever the numbers are, no process of somebody else's may be meant.
            arguments.pop("pid", None)
            arguments.pop("program", None)
        if self.random.random() < 0.1:
            arguments = self.random.choice(_ODD)
        self._send(command, arguments)

    def _sensible(self) -> tuple[str, dict[str, Any]]:
        command = self.random.choice(_SENSIBLE)
        pick = self.random.choice
        thread = pick(self.threads or [1])
        frame = pick(self.frames or [1])
        line = {"line": pick([at("scale"), at("sum"), at("loop"), 1, 9999])}
        if self.random.random() < 0.3:
            line |= pick(
                [{"condition": "1"}, {"hitCondition": "2"}, {"logMessage": "{x}"}, {"condition": "("}]
            )
        arguments: dict[str, Any] = {
            "threadId": thread,
            "threadIds": self.random.sample(self.threads, min(len(self.threads), 2)),
            "frameId": frame,
            "variablesReference": pick(self.references or [1]),
            "source": {"path": path(EDITOR)},
            "breakpoints": [line] * self.random.randrange(3),
            "granularity": pick(["statement", "line", "instruction"]),
            "context": pick(["watch", "hover", "repl", "clipboard", "variables"]),
            "expression": pick(
                ["here", "scale(1, 2)", "counter++", "1 +", "$rip", "info threads", "break scale", "next",
                 "continue", "x/4x $sp", "run", "delete", "p *first.next", ">input", "up", "nonsense"]
            ),
            "memoryReference": pick(["0x0", "0x401000", "0x7ffff7fc1000", "zzz"]),
            "count": self.random.randrange(100),
            "instructionCount": self.random.randrange(30),
            "instructionOffset": self.random.randrange(-20, 20),
            "line": pick([at("scale"), at("sum")]),
            "text": pick(["p he", "br", ""]),
            "column": self.random.randrange(5),
            "name": pick(["counter", "here", "rax", "[3]"]),
            "value": pick(["1", "x", "counter + 1"]),
            "filters": pick([[], ["throw"], ["signals", "panic"]]),
            "requestId": self.client._sequence - self.random.randrange(5),
        }  # fmt: skip
        if command == "setFunctionBreakpoints":
            arguments["breakpoints"] = [{"name": pick(["scale", "main", "no_such", "turn", "work"])}]
        elif command in ("setInstructionBreakpoints", "setDataBreakpoints"):
            arguments["breakpoints"] = []
        return command, arguments

    def _learn(self) -> None:
        """Take in what has come so far, and remember the numbers in it."""
        if self.random.random() < 0.4:
            with contextlib.suppress(AssertionError):
                self.client.poll(self.random.choice([0, 0, 0.01, 0.1]))
        for message in self.client.log[-20:]:
            body = message.get("body") or {}
            if message.get("command") == "threads" and "threads" in body:
                self.threads = [one["id"] for one in body["threads"]] or self.threads
            elif message.get("command") == "stackTrace" and "stackFrames" in body:
                self.frames = [one["id"] for one in body["stackFrames"]] or self.frames
            elif message.get("command") == "scopes" and "scopes" in body:
                self.references += [one["variablesReference"] for one in body["scopes"]]
            elif "threadId" in body and message.get("event") == "stopped":
                self.threads.append(body["threadId"])


_SENSIBLE = [
    "threads", "stackTrace", "stackTrace", "scopes", "variables", "evaluate", "evaluate",
    "setBreakpoints", "setBreakpoints", "setFunctionBreakpoints", "setExceptionBreakpoints",
    "setInstructionBreakpoints", "setDataBreakpoints", "dataBreakpointInfo", "breakpointLocations",
    "continue", "continue", "continue", "next", "stepIn", "stepOut", "pause", "pause", "gotoTargets",
    "goto", "exceptionInfo", "completions", "readMemory", "disassemble", "modules", "source",
    "setVariable", "setExpression", "writeMemory", "cancel", "restart", "terminate",
    "configurationDone", "initialize", "terminateThreads", "stepInTargets", "loadedSources",
]  # fmt: skip
