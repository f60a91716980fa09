"""`terminate`: the program hears of it whatever was sent just before; one that was asked twice ends."""

from __future__ import annotations

from typing import Any

import pytest
from tests.dap.client import Client
from tests.dap.places import at, path
from tests.support import processes, programs

SOURCE = "asked.c"
HOT = {"source": {"path": path(SOURCE)}, "breakpoints": [{"line": at("hot", SOURCE)}]}


def asked(client: Client, how: str = "default", **arguments: Any) -> int:
    """Launch the program, wait until all its threads run, and return its process id."""
    client.launch(programs.build(SOURCE), args=[how], **arguments)
    client.until_output("ready\n")
    pid: int = client.events("process")[-1]["systemProcessId"]
    return pid


def ended(client: Client, code: int) -> None:
    """See the program end, and no stop on its way there that is not over."""
    assert client.event("exited")["exitCode"] == code
    client.event("terminated")
    client.end()


@pytest.mark.parametrize("how", ["default", "handled", "awaited"])
@pytest.mark.parametrize("before", ["pause", "setBreakpoints"])
def test_it_is_not_lost_behind_a_stop_that_is_under_way(client: Client, before: str, how: str) -> None:
    pid = asked(client, how)
    client.send(before, **({"threadId": pid} if before == "pause" else HOT))
    told = len(client.events("stopped"))
    assert client.answer(client.send("terminate"))["success"]
    assert client.event("exited")["exitCode"] == {"default": 143, "handled": 3, "awaited": 4}[how]
    # The pause, or a hit, may have been told before `terminate` came; it was over with it then.
    assert len(client.events("stopped")) - told <= 1
    client.event("terminated")
    client.end()


@pytest.mark.parametrize("step", ["next", "stepOut", "continue"])
def test_it_is_not_lost_behind_a_step(client: Client, step: str) -> None:
    """Whoever hits the breakpoint meanwhile, and though one thread alone was to go on."""
    asked(client, "handled")
    client.request("setBreakpoints", **HOT)
    thread = client.stopped("breakpoint")
    client.send(step, threadId=thread, singleThread=True)
    client.send("terminate")
    ended(client, 3)


def test_what_stops_as_it_is_handled_is_told(client: Client) -> None:
    """The session goes on, as the protocol has it, and the handler can be debugged."""
    pid = asked(client, "handled")
    client.break_at(path(SOURCE), at("handler", SOURCE))
    client.send("pause", threadId=pid)
    client.request("terminate")
    thread = client.event("stopped", reason="breakpoint")["threadId"]
    # The pause may have been told before `terminate` came; it was over with it then.
    told = [one["reason"] for one in client.events("stopped")]
    assert told in (["breakpoint"], ["pause", "breakpoint"])
    assert client.top(thread) == ("end", at("handler", SOURCE))
    client.request("continue", threadId=thread)
    ended(client, 3)


def test_a_pause_behind_it_is_one(client: Client) -> None:
    pid = asked(client, "vetoed")
    client.send("terminate")
    client.send("pause", threadId=pid)
    thread = client.stopped("pause")
    client.send("continue", threadId=thread)
    client.until_output("no\n")
    client.end()


@pytest.mark.parametrize("how", ["vetoed", "blocked"])
def test_twice_ends_it(client: Client, how: str) -> None:
    """One that goes on is killed, whether it runs then or has stopped since."""
    pid = asked(client, how)
    client.request("terminate")
    if how == "blocked":
        client.request("setBreakpoints", **HOT)
        client.stopped("breakpoint")  # a signal that nobody takes does not keep stops back for ever
    client.request("terminate")
    assert client.event("exited")["exitCode"] == 128 + 9
    client.event("terminated")
    assert not processes.exists(pid)
    client.end()


def test_twice_ends_what_runs_without_debugging(client: Client) -> None:
    asked(client, "vetoed", noDebug=True)
    client.request("terminate")
    client.until_output("no\n")
    client.request("terminate")
    ended(client, 128 + 9)


@pytest.mark.parametrize("times", [1, 2])
def test_behind_a_restart_it_is_about_the_new_process(client: Client, times: int) -> None:
    asked(client, "vetoed")
    for _ in range(times):
        client.send("restart", arguments={"program": programs.build(SOURCE)})
    client.request("terminate")
    ended(client, 128 + 15)
    assert len(client.events("process")) == 1 + times
    assert not any(processes.exists(one["systemProcessId"]) for one in client.events("process"))


def test_a_process_that_was_started_since_has_not_been_asked(client: Client) -> None:
    """Neither is it killed at once, nor does it pass over a stop."""
    asked(client, "vetoed")
    client.request("terminate")
    client.until_output("no\n")
    client.request("restart")
    client.request("setBreakpoints", **HOT)
    client.stopped("breakpoint")
    client.request("terminate")
    processes.until(lambda: client.request("threads") and client.output("stdout").count("no\n") == 2)
    client.end()


def test_signals_stop_again_afterwards(client: Client) -> None:
    """SIGTERM of somebody else's, where the client wants to stop at it."""
    pid = asked(client, "vetoed")
    client.request(
        "setExceptionBreakpoints",
        filters=[],
        filterOptions=[{"filterId": "signals", "condition": "SIGTERM"}],
    )
    client.request("terminate")
    client.until_output("no\n")
    assert client.events("stopped") == []
    processes.send_to_thread(pid, pid, 15)
    client.stopped("exception")
    client.end()


def test_before_the_program_was_configured(client: Client) -> None:
    client.begin("launch", program=programs.build(SOURCE))
    client.send("restart")
    client.send("terminate")
    client.send("configurationDone")
    ended(client, 128 + 15)


def test_the_console_knows_that_a_restarted_program_lives(client: Client) -> None:
    """And tells of its end, after one that has been told already."""
    asked(client)
    client.request("terminate")
    client.event("terminated")
    client.request("restart")
    client.event("process")
    client.request("evaluate", expression=">line", context="repl")
    client.request("pause", threadId=client.thread())
    client.stopped("pause")
    client.request("evaluate", expression="kill", context="repl")
    client.event("terminated")
    client.end()
