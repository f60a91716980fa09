"""A program that writes and ends at once, a thousand times: nothing is lost, and nothing comes late."""

from __future__ import annotations

from typing import Any

import pytest
from tests.dap.client import Client, SocketClient, listening
from tests.support import programs

RUNS = 1000


def place(client: Client, **wanted: Any) -> int:
    """Return where in what has come the last event is that has these values."""
    found = [
        number
        for number, one in enumerate(client.log)
        if one["type"] == "event"
        and all({**one, **one.get("body", {})}.get(key) == value for key, value in wanted.items())
    ]
    return found[-1]


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("how", ["debugged", "undebugged"])
def test_output_is_whole_and_before_the_end(how: str) -> None:
    program = programs.build("flood.c")
    with listening() as port:
        for run in range(RUNS):
            lines = run % 50
            client = SocketClient(port)
            try:
                client.launch(program, args=[str(lines)], noDebug=how == "undebugged")
                assert client.event("exited")["exitCode"] == 5
                client.event("terminated")
                assert client.output("stdout") == ("x" * 1023 + "\n") * lines, run
                if lines:
                    assert place(client, category="stdout") < place(client, event="exited"), run
            finally:
                client.abandon()
