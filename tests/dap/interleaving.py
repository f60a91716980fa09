"""Requests that are sent at once, and what a client then believes of the program.

A client's belief is made of the messages alone, as an editor makes it; what it says is then tried out.
"""

from __future__ import annotations

from typing import Any

from tests.dap.client import Body, Client
from tests.dap.places import at, path
from tests.support import processes, programs

SOURCE = "asked.c"
STATES = ("running", "stopped", "ending")
ACTIONS = (
    "pause", "continue", "next", "stepIn", "stepOut", "setBreakpoints", "restart", "terminate",
    "disconnect", "kill", "interrupt", "go on", "terminateThreads", "cancel", "goto",
)  # fmt: skip
_COMMANDS = {"kill": "kill", "interrupt": "interrupt", "go on": "continue"}
_RUNS = ("continue", "next", "stepIn", "stepOut")


class Belief:
    """What a client takes the program for."""

    def __init__(self) -> None:
        self.state = "running"
        self.taken = 0

    def take(self, log: list[Body]) -> None:
        """Take in the messages that have come since."""
        while self.taken < len(log):
            message = log[self.taken]
            self.taken += 1
            if message["type"] == "event":
                self._event(message["event"], message.get("body", {}))
            elif message["type"] == "response" and message["success"] and message["command"] in _RUNS:
                assert self.state == "stopped", message
                self.state = "running"

    def _event(self, name: str, body: Body) -> None:
        if name == "stopped":
            assert self.state == "running" or (self.state == "stopped" and body["reason"] == "goto"), body
            self.state = "stopped"
        elif name == "continued":
            assert self.state != "ended", body
            self.state = "running"
        elif name == "terminated":
            assert self.state == "running" or self.state == "stopped"
            self.state = "ended"
        elif name == "process":
            self.state = "running"


class Interleaving:
    """One program in one state, and requests that are sent at once."""

    def __init__(self, client: Client, state: str) -> None:
        """Bring the program into the state."""
        self.client = client
        self.belief = Belief()
        client.launch(programs.build(SOURCE), args=["reads"])
        client.until_output("ready\n")
        self.pid: int = client.events("process")[-1]["systemProcessId"]
        self.thread = self.pid
        self.worker = next(one["id"] for one in client.request("threads")["threads"] if one["id"] != self.pid)
        self.target = 1
        self.first: list[tuple[str, Body]] = []
        if state == "stopped":
            self._stop()
        elif state == "ending":
            self.first = [("evaluate", {"expression": ">end", "context": "repl"})]

    def _stop(self) -> None:
        self.client.request("setBreakpoints", **_hot())
        self.thread = self.client.stopped("breakpoint")
        targets = self.client.request("gotoTargets", source={"path": path(SOURCE)}, line=at("hot", SOURCE))
        self.target = targets["targets"][0]["id"]

    def run(self, actions: tuple[str, ...]) -> None:
        """Send the requests, and see that everything is answered, believed rightly and over in the end."""
        client = self.client
        before = (
            client.next_number + len(self.first) - 1
        )  # of the request before each, which `cancel` is about
        lot = [self._request(action, before + place) for place, action in enumerate(actions)]
        numbers = client.send_together([*self.first, *lot])[len(self.first) :]
        if "disconnect" in actions:
            self._see_disconnected(numbers[: actions.index("disconnect") + 1])
            return
        running = {"threadId": self.thread}
        client.answer(client.send("threads"))  # all of them have begun then
        outcome = {}
        for number, action in zip(numbers, actions, strict=True):
            if action != "go on":  # answered when the program has stopped
                outcome[action] = client.answer(number)["success"]
        self.belief.take(client.log)
        if outcome.get("terminate") and not {"pause", "restart"} & set(after(actions, "terminate")):
            self._wait_for("ended")
        if self.belief.state == "running":
            # A stop, or the end, may be on its way.
            client.answer(client.send("pause", **running))
            self._wait_for("stopped", "ended")
        answer = client.answer(client.send("evaluate", expression="works", context="watch"))
        assert answer["success"] == (self.belief.state == "stopped"), answer
        number = client.send("disconnect")
        client.answer(number)
        self._see_disconnected(range(numbers[0], number + 1))

    def _request(self, action: str, before: int) -> tuple[str, Body]:
        if action in _COMMANDS:
            return "evaluate", {"expression": _COMMANDS[action], "context": "repl"}
        arguments: dict[str, Any] = {
            "setBreakpoints": _hot(),
            "goto": {"threadId": self.thread, "targetId": self.target},
            "terminateThreads": {"threadIds": [self.worker]},
            "cancel": {"requestId": before},
        }
        return action, arguments.get(action, {"threadId": self.thread})

    def _wait_for(self, *states: str) -> None:
        client = self.client
        while True:
            self.belief.take(client.log)
            if self.belief.state in states:
                return
            client.wait(lambda one: len(client.log) > self.belief.taken, f"the program to be {states}")

    def _see_disconnected(self, numbers: Any) -> None:
        client = self.client
        client.drain()
        self.belief.take(client.log)
        answers = [one["request_seq"] for one in client.log if one["type"] == "response"]
        assert [one for one in numbers if answers.count(one) != 1] == [], numbers
        assert not any("internal error" in one["output"] for one in client.events("output"))
        for body in client.events("process"):
            pid = body["systemProcessId"]
            processes.until(lambda pid=pid: not processes.exists(pid), what=f"{pid} to be gone")


def after(actions: tuple[str, ...], action: str) -> tuple[str, ...]:
    """Return what comes behind the last occurrence of an action."""
    return actions[len(actions) - actions[::-1].index(action) :]


def _hot() -> Body:
    return {"source": {"path": path(SOURCE)}, "breakpoints": [{"line": at("hot", SOURCE)}]}


def try_out(client: Client, state: str, actions: tuple[str, ...]) -> None:
    """Try one interleaving out; a failure says which it was, and what came."""
    try:
        Interleaving(client, state).run(actions)
    except (AssertionError, EOFError, OSError) as error:
        raise AssertionError(f"{state}: {', '.join(actions)}: {error!r}\n  {client.tail()}") from error
