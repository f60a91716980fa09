"""What the kernel says: of the whole machine, and to the program at its start."""

from __future__ import annotations

import os
import socket

import pytest
from tests.cli.terminal import batch, ex
from tests.support import programs


def _table(name: str) -> list[list[str]]:
    done = batch("--batch", "-ex", f"info os {name}".strip())
    assert (done.returncode, done.stderr) == (0, "")
    return [line.split() for line in done.stdout.splitlines()]


def test_our_own_process_is_listed() -> None:
    """Processes, threads, groups and files have what this very test is and has open."""
    me = str(os.getpid())
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = str(listener.getsockname()[1])
        assert any(row[0] == me for row in _table("processes"))
        assert any(row[0] == me and row[-2] == me for row in _table("threads"))
        assert any(me in row and row[0] == str(os.getpgid(0)) for row in _table("procgroups"))
        files = [row for row in _table("files") if row[0] == me]
        assert any(str(listener.fileno()) in row and row[-1].startswith("socket:") for row in files)
        assert ["127.0.0.1", port, "0.0.0.0", "0", "LISTEN"] in [row[:5] for row in _table("sockets")]
    assert [row[0] for row in _table("cpus")[1:]][: os.cpu_count()] == [
        str(number) for number in range(os.cpu_count() or 0)
    ]


@pytest.mark.parametrize("name", ["shm", "semaphores", "msg", "modules"])
def test_tables_that_may_be_empty(name: str) -> None:
    assert len(_table(name)[0]) > 4


def test_tables_are_listed() -> None:
    names = [row[0] for row in _table("")[1:]]
    assert names == sorted(names)
    assert {"processes", "threads", "files", "sockets"} <= set(names)
    done = batch("--batch", "-ex", "info os nosuch")
    assert done.returncode == 1
    assert done.stderr.startswith("info os has no table 'nosuch'; there are cpus, files")


def test_an_unreadable_text_of_the_auxiliary_vector() -> None:
    """Where the program's name can no longer be read the rest is listed nevertheless."""
    done = batch(
        "--batch",
        *ex(
            "python end = max(one.end for one in inferior.mappings if one.path == '[stack]')",
            "python inferior.syscall('munmap', end - 4096, 4096) and None",
            "info auxv",
        ),
        programs.build("twelve.c"),
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert any("AT_EXECFN" in line and "<error: cannot read memory at" in line for line in lines)
    assert lines[-1].split()[1] == "AT_NULL"
