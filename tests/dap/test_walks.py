"""Whatever a client sends, the adapter answers or has ended cleanly, and leaves no process."""

from __future__ import annotations

import pytest
from tests.dap.client import Client, SocketClient, listening
from tests.dap.walk import Walk
from tests.support import processes

STEPS = 30
ALONE = 10  # one walk in so many has a process of its own, on standard input and output


def walk(client: Client, seed: int) -> None:
    """Take one walk, see the adapter answer everything, and end it in one of the ways that a client can."""
    one = Walk(client, seed)
    try:
        one.walk(STEPS)
    except (OSError, EOFError):
        pytest.fail(f"seed {seed}: the adapter has ended unasked: {client.tail()}")
    ending = one.random.random()
    if ending < 0.3:
        pass  # the stream ends in the midst of whatever is under way
    elif ending < 0.5:
        client.send_bytes(b'Content-Length: 900\r\n\r\n{"half')
    else:
        number = client.send("disconnect", terminateDebuggee=True)
        answer = client.answer(number)
        assert answer["success"], (seed, answer)
        client.drain()  # a command of the console that let the program run is answered when that has ended
        answered = {message["request_seq"] for message in client.log if message["type"] == "response"}
        assert set(range(1, number + 1)) <= answered, seed
    internal = [one for one in client.events("output") if "internal error" in one["output"]]
    assert not internal, (seed, internal)
    client.close()
    for body in client.events("process"):
        pid = body["systemProcessId"]
        processes.until(lambda pid=pid: not processes.exists(pid), what=f"seed {seed}: {pid} to be gone")


def walks(first: int, count: int) -> None:
    """Take walks, most of them with one server that serves all."""
    with listening() as port:
        for seed in range(first, first + count):
            client = Client() if seed % ALONE == 0 else SocketClient(port)
            try:
                walk(client, seed)
            finally:
                client.abandon()


@pytest.mark.timeout(300)  # 30 walks, each as long as a session
def test_walks() -> None:
    walks(0, 30)
