"""A production server: attached to under load, counted, let go."""

from __future__ import annotations

import os
import shutil
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
    port = free_port()
    server = subprocess.Popen(
        [server_program(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def answers() -> bool:
        assert server.poll() is None, "redis-server ended"
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return True
        except OSError:
            return False

    try:
        processes.until(answers, what="redis-server")
        yield server.pid, port
    finally:
        server.terminate()
        server.wait(20)


def ping(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(64)


def test_a_hundred_thousand_hits_under_load(redis: tuple[int, int]) -> None:
    """Each request hits processCommand once; after 100,000 it is let go, whole, and no request failed."""
    pid, port = redis
    load = subprocess.Popen(
        ["redis-benchmark", "-p", str(port), "-n", str(HITS + 2000), "-c", "8", "-t", "get", "--csv"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        with trapline.attach(pid) as inferior:

            def count(inferior: Any, point: Any) -> bool:
                return bool(point.hit_count == HITS)

            point = inferior.set_breakpoint("processCommand", callback=count)
            stop = inferior.resume(timeout=100)
            assert isinstance(stop, trapline.BreakpointHit)
            assert point.hit_count == HITS
            assert inferior.inline_steps == 0
            inferior.detach()
        assert processes.tracer(pid) == 0
        out, errors = load.communicate(timeout=60)
    finally:
        load.kill()
        load.wait()
    assert load.returncode == 0, errors
    assert '"GET' in out
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
