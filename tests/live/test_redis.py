"""A production server: attached to under load, counted, let go."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support import processes

import trapline

HITS = 100_000


def server_program() -> str:
    """Debian's server: from its own package, or under the name that redis-tools gives it."""
    found = shutil.which("redis-server") or str(Path(".cache/bin/redis-server").absolute())
    if not os.path.exists(found) or not shutil.which("redis-benchmark"):
        pytest.skip("no redis-server")
    return found


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """A server of our own on loopback: (pid, port)."""
    for _ in range(5):  # somebody else may take the port before it does
        port = free_port()
        server = subprocess.Popen(
            [server_program(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", tmp_path],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            if processes.until(lambda: _who_answers(server, port), what="redis-server") == server.pid:  # noqa: B023
                yield server.pid, port
                return
        finally:
            server.terminate()
            server.wait(60)
    pytest.fail("redis-server ends five times")


def _who_answers(server: subprocess.Popen[bytes], port: int) -> int:
    """Return the pid of the server at a port, 0 when there is none yet, -1 when ours has ended."""
    try:
        return int(told(port, "server")["process_id"])
    except (OSError, KeyError):
        return 0 if server.poll() is None else -1


def told(port: int, section: str) -> dict[str, str]:
    """Return what a server tells of itself."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(f"INFO {section}\r\nQUIT\r\n".encode())
        lines = connection.makefile("r").read().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def ping(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"PING\r\n")
        with connection.makefile("rb") as answers:
            return answers.readline()


def commands(port: int) -> int:
    """Return how many requests a server has answered."""
    return int(told(port, "stats")["total_commands_processed"])


def stand(load: subprocess.Popen[str]) -> None:
    """Stop the load: what the server is asked afterwards is answered behind all that the load has asked."""
    load.send_signal(signal.SIGSTOP)
    processes.until(lambda: processes.state(load.pid) == "T", what="the load to stand")


def test_a_hundred_thousand_hits_under_load(redis: tuple[int, int]) -> None:
    """Each request hits processCommand once; after 100,000 it is let go, whole, and no request failed."""
    pid, port = redis
    load = subprocess.Popen(
        ["redis-benchmark", "-p", str(port), "-n", str(2**31 - 1), "-c", "8", "-t", "get", "--csv"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        processes.until(lambda: commands(port) > 1000, what="the load")
        stand(load)
        before = commands(port)
        with trapline.attach(pid) as inferior:

            def count(inferior: Any, point: Any) -> bool:
                return bool(point.hit_count == HITS)

            point = inferior.set_breakpoint("processCommand", callback=count)
            load.send_signal(signal.SIGCONT)
            stop = inferior.resume(timeout=100)
            assert isinstance(stop, trapline.BreakpointHit)
            assert point.hit_count == HITS
            assert inferior.inline_steps == 0
            stand(load)
            inferior.detach()
        assert processes.tracer(pid) == 0
        after = commands(port)
        # What the eight had asked before they stood, and our own questions, were not counted.
        assert HITS <= after - before < HITS + 20
        load.send_signal(signal.SIGCONT)
        processes.until(lambda: commands(port) > after + 2000, what="the load to go on")
        assert load.poll() is None
    finally:
        load.kill()
        errors = load.communicate()[1]
    assert "rror" not in errors
    assert ping(port) == b"+PONG\r\n"


def test_attach_and_detach_again_and_again(redis: tuple[int, int]) -> None:
    """Twenty times with an idle server, which sits in epoll_wait: it never notices."""
    pid, port = redis
    for _ in range(20):
        with trapline.attach(pid) as inferior:
            inferior.set_breakpoint("processCommand", callback=lambda *_: None)
            inferior.resume_nowait()
            inferior.interrupt()
            assert isinstance(inferior.wait(timeout=20), trapline.Interrupted)
        assert ping(port) == b"+PONG\r\n"
