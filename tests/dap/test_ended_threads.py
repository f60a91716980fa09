"""`terminateThreads`: threads that end alone, while the program is stopped and while it runs."""

from __future__ import annotations

import pytest
from tests.dap.client import Client, Failed
from tests.dap.places import path
from tests.support import programs

from trapline.dap.problems import NOT_STOPPED

SOURCE = "ended_threads.c"
_NAMES = ("reader", "worker", "holder")


def _stopped(client: Client) -> tuple[int, dict[str, int]]:
    """Stop where all threads are at their work; return the main thread's id, and those of the others."""
    client.launch(programs.build(SOURCE), {path(SOURCE): [programs.mark(SOURCE, "ready")]})
    main = client.stopped("breakpoint")
    frame = client.frames(main)[0]["id"]
    tids = {
        name: int(client.request("evaluate", expression=name, frameId=frame)["result"]) for name in _NAMES
    }
    return main, tids


def _ids(client: Client) -> set[int]:
    return {one["id"] for one in client.request("threads")["threads"]}


def test_threads_end_while_the_program_is_stopped(client: Client) -> None:
    main, tids = _stopped(client)
    client.request("terminateThreads", threadIds=[tids["reader"], tids["holder"]])
    for name in ("reader", "holder"):
        client.event("thread", reason="exited", threadId=tids[name])
    assert _ids(client) == {main, tids["worker"]} and client.top(main)[0] == "main"
    with pytest.raises(Failed, match=f"no thread {tids['reader']}"):
        client.request("stackTrace", threadId=tids["reader"])
    client.request("terminateThreads", threadIds=[tids["worker"]])
    client.request("continue", threadId=main)
    client.event("exited", exitCode=0)
    client.event("terminated")
    assert client.output("stdout") == "ready\nrobust owner died, plain held\n"


def test_threads_end_while_the_program_runs(client: Client) -> None:
    """It goes on unreported: no `stopped` that nobody asked for."""
    main, tids = _stopped(client)
    client.request("continue", threadId=main)
    with pytest.raises(Failed, match=NOT_STOPPED):
        client.request("scopes", frameId=1)
    client.request("terminateThreads", threadIds=list(tids.values()))
    client.event("exited", exitCode=0)
    assert len(client.events("stopped")) == 1
    assert {one["threadId"] for one in client.events("thread") if one["reason"] == "exited"} >= set(
        tids.values()
    )


def test_the_thread_that_has_stopped_ends(client: Client) -> None:
    """What the editor still shows of it is refused in one line, and another thread can be looked at."""
    main, tids = _stopped(client)
    client.break_at(path(SOURCE), programs.mark(SOURCE, "work"))
    client.request("continue", threadId=main)
    worker = client.stopped("breakpoint")
    assert worker == tids["worker"]
    frame = client.frames(worker)[0]["id"]
    client.request("terminateThreads", threadIds=[worker])
    for command in ("next", "stepOut", "stackTrace"):
        with pytest.raises(Failed, match=f"there is no thread {worker}"):
            client.request(command, threadId=worker)
    with pytest.raises(Failed, match=f"thread {worker} has ended"):
        client.request("scopes", frameId=frame)
    assert client.frames(main)[-1]["name"] == "_start"


def test_what_is_refused_ends_nothing(client: Client) -> None:
    main, tids = _stopped(client)
    for wanted, why in (
        ([main], f"thread {main} is the main thread"),
        ([tids["reader"], 1], "there is no thread 1"),
        ([tids["reader"], main], f"thread {main} is the main thread"),
        ([], "names no thread"),
        (["x"], "list of integers"),
        (7, "threadIds"),
    ):
        with pytest.raises(Failed, match=why):
            client.request("terminateThreads", threadIds=wanted)
    assert _ids(client) == {main, *tids.values()}
