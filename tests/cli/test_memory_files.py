"""dump, append and restore; where a program's files and terminal come from."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from tests.cli.terminal import batch, ex
from tests.support import programs

import trapline


def test_memory_to_a_file_and_back(tmp_path: Path) -> None:
    """Bytes as they are; `restore` takes all of a file or a part of it."""
    line = programs.mark("expressions.c", "here")
    done = batch(
        "--batch",
        *ex(
            f"break {line}",
            "run",
            "dump memory arr &arr[0] &arr[4]",
            "dump binary value whole b",
            "append memory arr &arr[1] &arr[2]",
            "append value arr i",
            "set var arr[0] = 70",
            "set var arr[3] = 73",
            "restore arr binary &arr[0] 4 16",
            "print arr",
            "restore arr binary &arr[0] 0 8",
            "print arr",
            "restore whole binary &b",
            "print b",
        ),
        programs.build("expressions.c"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "arr").read_bytes() == struct.pack("6i", 1, 2, 3, 4, 2, 3)
    assert (tmp_path / "whole").read_bytes() == struct.pack("5q", 1, 2, 3, 4, 5)
    shown = [line for line in done.stdout.splitlines() if line.startswith("$")]
    assert shown == ["$1 = {70, 2, 3, 4}", "$2 = {1, 2, 3, 4}", "$3 = {a = {1, 2, 3, 4, 5}}"]


def test_what_cannot_be_dumped_or_restored(tmp_path: Path) -> None:
    """One line each, and no file where nothing could be read."""
    (tmp_path / "four").write_bytes(b"1234")
    for line, said in (
        ("dump memory out 0 8", "cannot read memory at 0x0"),
        ("dump memory out &global", "Missing stop address."),
        ("dump memory out &global &global", "start >= end"),
        ("dump srec memory out &global &global+1", "dump srec is not there"),
        ("dump memory /nonexistent/out &global &global+1", "/nonexistent/out: No such file"),
        ("append", "append needs FORMAT"),
        ("restore four", "restore needs TEXT"),
        ("restore four binary &global 4", "four has no bytes from 4 to 4: it has 4"),
        ("restore missing binary &global", "missing: No such file"),
        ("restore four binary 0", "cannot write memory at 0x0"),
        ("restore four srec &global", "usage: restore FILE binary"),
    ):
        done = batch("--batch", "-ex", line, programs.build("expressions.c"), cwd=tmp_path)
        assert done.returncode == 1, line
        assert said in done.stderr and len(done.stderr.splitlines()) == 1, (line, done.stderr)
    assert os.listdir(tmp_path) == ["four"]


def test_surroundings_are_kept_for_a_later_program(tmp_path: Path) -> None:
    """--cd, --stdin, --stdout and --aslr without PROGRAM are for the one that `file` starts."""
    (tmp_path / "in").write_bytes(b"from a file\n")
    folder = tmp_path / "folder"
    folder.mkdir()
    commands = ["show cwd", "show disable-randomization", "file /bin/cat", "run", "set args -n", "run"]
    words = ["--aslr", "--cd", str(folder), "--stdin", "in", "--stdout", "out"]
    done = batch("--batch", *words, *ex(*commands), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_bytes() == b"     1\tfrom a file\n"
    assert str(folder) in done.stdout.splitlines()[0]
    assert "is off" in done.stdout.splitlines()[1]


def test_redirections_are_those_of_the_last_arguments(tmp_path: Path) -> None:
    """`run > FILE` is for that run; `run ARGUMENTS` without it writes to ours again."""
    done = batch("--batch", *ex("run one > first", "run two"), "/bin/echo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "first").read_text() == "one\n"
    assert "two" in done.stdout.splitlines()


def test_another_terminal() -> None:
    """`tty` gives the program a terminal of its own from the next `run` on."""
    master, slave = os.openpty()
    try:
        name = os.ttyname(slave)
        done = batch("--batch", *ex(f"tty {name}", "run", "show inferior-tty"), "/usr/bin/tty")
        assert done.returncode == 0, done.stderr
        assert os.read(master, 1000).decode().strip() == name
        assert f'is "{name}".' in done.stdout
        assert name not in done.stdout.splitlines()
        missing = batch("--batch", *ex("tty /nonexistent", "run"), "/usr/bin/tty")
        assert (missing.returncode, len(missing.stderr.splitlines())) == (1, 1)
    finally:
        os.close(master)
        os.close(slave)


def test_a_range_with_a_hole_touches_no_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("kept")
    line = "dump memory out &global (char *) &global + 0x10000000"
    done = batch("--batch", "-ex", line, programs.build("expressions.c"), cwd=tmp_path)
    assert "cannot read memory at" in done.stderr
    assert (tmp_path / "out").read_text() == "kept"


def test_a_dump_is_written_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much is dumped, one piece of it is in our memory."""
    from trapline.cli.commands import dumping
    from trapline.cli.session import Session

    monkeypatch.setattr(dumping, "_PIECE", 16)
    monkeypatch.chdir(tmp_path)
    with trapline.launch(programs.build("expressions.c")) as inferior:
        session = Session(inferior)
        start = inferior.symbol("main").address
        pieces = dumping._memory(session, f"{start} {start + 100}")
        assert next(pieces) == inferior.memory.read(start, 16)
        assert session.execute(f"dump memory out {start} {start + 100}")
        assert (tmp_path / "out").read_bytes() == inferior.memory.read(start, 100)
