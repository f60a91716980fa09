"""The three files of a program to be launched, as `subprocess` takes them."""

from __future__ import annotations

import os

from trapline.backend.native.launch import DEVNULL, PIPE, STDOUT, Files
from trapline.base.errors import LaunchError, UsageError
from trapline.base.typing import Any


def open_files(stdin: Any, stdout: Any, stderr: Any, given: bytes | None, tty: bool | str) -> Files:
    """Open what the child is to get.

    `stdin`, `stdout` and `stderr` are None (inherit), PIPE, DEVNULL, a descriptor, a file object or a path
    (output is truncated);
    `stderr` may be STDOUT; `given` is the standard input itself.

    Raises:
        UsageError: they contradict each other.
        LaunchError: a file cannot be opened.
        OSError: a pipe, pty or memfd cannot be made.
    """
    if given is not None and stdin is not None:
        raise UsageError("give stdin or input, not both")
    ours: dict[int, int] = {}
    close: list[int] = []
    child = [-1, -1, -1]
    terminal, master = "", -1
    if tty is True:
        master, slave = os.openpty()
        close.append(slave)
        terminal = os.ttyname(slave)
    elif tty:
        terminal = str(tty)
    if given is not None:
        child[0] = os.memfd_create("trapline-input", os.MFD_CLOEXEC)
        view = memoryview(given)
        while view:
            view = view[os.write(child[0], view) :]
        os.lseek(child[0], 0, os.SEEK_SET)
        close.append(child[0])
    for number, wish in enumerate((stdin, stdout, stderr)):
        if wish is None:
            continue
        if wish == PIPE and isinstance(wish, int):
            reading, writing = os.pipe()
            theirs, mine = (reading, writing) if number == 0 else (writing, reading)
            child[number], ours[number] = theirs, mine
            close.append(theirs)
        elif wish == DEVNULL and isinstance(wish, int):
            child[number] = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
            close.append(child[number])
        elif wish == STDOUT and isinstance(wish, int):
            if number != 2:
                raise UsageError("STDOUT is for stderr only")
            child[2] = child[1] if child[1] >= 0 else (1 if not terminal else -1)
        elif isinstance(wish, (str, os.PathLike)):
            child[number] = _open(os.fspath(wish), number)
            close.append(child[number])
        else:
            child[number] = wish if isinstance(wish, int) else wish.fileno()
    return Files((child[0], child[1], child[2]), ours, tuple(close), terminal, master)


def _open(path: str, number: int) -> int:
    flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    try:
        return os.open(path, flags | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise LaunchError(
            f"cannot open {path}: {os.strerror(error.errno or 0)}", errno=error.errno or 0, filename=path
        ) from None
