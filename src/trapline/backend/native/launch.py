"""Start a program under trace, stopped before its first instruction.

The child waits on a pipe while we SEIZE it (a TRACEME child answers neither INTERRUPT nor LISTEN), then
execs.  The stop at EVENT_EXEC is still inside execve; the one after it is the first at which registers
may be set (KERNEL 9, 20, 21).
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found, unused-ignore]  # typeshed has no stub; enums cost 1 MB
import errno
import os
import sys
from collections.abc import Mapping

from trapline.backend.native import ptrace, tracer
from trapline.backend.native.process import NativeProcess
from trapline.backend.native.tracee import Tracee
from trapline.base import threads
from trapline.base.errors import DebuggerError, LaunchError, ThreadGone
from trapline.base.fact import NamedTuple
from trapline.base.typing import NoReturn

PIPE, STDOUT, DEVNULL = -1, -2, -3
_EXEC, _CHDIR, _TTY, _FILES = 1, 2, 3, 4
_STAGES = {_EXEC: "exec", _CHDIR: "cwd", _TTY: "tty", _FILES: "files"}
_MACHINES = {3: "32-bit x86", 40: "32-bit ARM", 183: "AArch64", 243: "RISC-V", 21: "PowerPC", 22: "S390"}


class Files(NamedTuple):
    """What the child gets as its three files, and what of them is ours.

    `child` are three descriptors (-1: inherit); `ours` maps 0, 1, 2 to our end of a pipe; `close` are
    descriptors to close in the parent after the fork; `terminal` is the path of its terminal, if any.
    """

    child: tuple[int, int, int]
    ours: dict[int, int]
    close: tuple[int, ...]
    terminal: str = ""
    master: int = -1


def find_program(path: str, env: Mapping[str, str] | None) -> str:
    """Return the file to exec for a name, looked up in PATH when it holds no slash."""
    if "/" in path:
        return path
    for folder in os.get_exec_path(dict(env) if env is not None else None):
        candidate = os.path.join(folder, path)
        if os.access(candidate, os.X_OK) and os.path.isfile(candidate):
            return candidate
    return path


def check_program(path: str) -> None:
    """Refuse what exec would refuse or we could not trace, each with its own words.

    Raises:
        LaunchError: with `errno` and `filename`.
    """
    try:
        status = os.stat(path)
    except OSError as error:
        hint = "; give a path, or a name that PATH has" if "/" not in path else ""
        raise LaunchError(
            f"{path}: {os.strerror(error.errno or 0)}{hint}", errno=error.errno or 0, filename=path
        ) from None
    if status.st_mode & 0o170000 == 0o040000:
        raise LaunchError(f"{path}: is a directory, not a program", errno=errno.EISDIR, filename=path)
    if not os.access(path, os.X_OK):
        raise LaunchError(
            f"{path}: permission denied: no execute bit; chmod +x it", errno=errno.EACCES, filename=path
        )
    try:
        with open(path, "rb") as file:
            head = file.read(20)
    except OSError:
        return  # executable but not readable: exec decides
    if head[:4] != b"\x7fELF" or len(head) < 20:
        return
    machine = int.from_bytes(head[18:20], "little" if head[5] == 1 else "big")
    if head[4] != 2 or machine != 62:
        name = _MACHINES.get(machine, f"machine {machine}")
        raise LaunchError(
            f"{path}: wrong architecture: {name}; trapline debugs x86-64 programs only",
            errno=errno.ENOEXEC,
            filename=path,
        )


def launch(
    argv: list[str | bytes],
    executable: str,
    env: Mapping[str, str] | None,
    cwd: str | None,
    files: Files,
    randomize: bool,
) -> tuple[NativeProcess, list[str]]:
    """Start `executable` and return its process, all of it stopped, with warnings for the user.

    Raises:
        LaunchError: nothing was started; no process is left.
    """
    warnings: list[str] = []
    go_read, go_write = os.pipe()
    error_read, error_write = os.pipe()
    former = ptrace.without_randomization(not randomize)
    if former is None and not randomize:
        warnings.append("address randomization stays on: personality() is refused here (container?)")
    try:
        with threads.fork_hooks:
            pid = _fork()
            if pid == 0:
                _child(argv, executable, env, cwd, files, go_read, error_write)
    finally:
        if former is not None:
            ptrace.restore_personality(former)
        os.close(go_read)
        os.close(error_write)
    try:
        process = _start(pid, executable, cwd, go_write, error_read)
    finally:
        os.close(go_write) if go_write >= 0 else None
        os.close(error_read)
    return process, warnings


def _fork() -> int:
    if sys.version_info < (3, 12):
        return os.fork()
    import warnings

    with warnings.catch_warnings():
        # The child does nothing but prepared calls between fork and exec, so threads do no harm.
        warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*fork.*")
        return os.fork()


def _child(
    argv: list[str | bytes],
    executable: str,
    env: Mapping[str, str] | None,
    cwd: str | None,
    files: Files,
    go_read: int,
    error_write: int,
) -> NoReturn:
    stage = _FILES
    try:
        if not os.read(go_read, 1):
            os._exit(127)  # our parent died
        if files.terminal:
            stage = _TTY
            os.setsid()
            terminal = os.open(files.terminal, os.O_RDWR)  # becomes the controlling terminal
            for number in range(3):
                if files.child[number] < 0:
                    os.dup2(terminal, number)
            stage = _FILES
        else:
            os.setpgid(0, 0)
        # A descriptor of ours may be 0, 1 or 2 itself: lift them all first.
        lifted = [os.dup(fd) if 0 <= fd <= 2 else fd for fd in files.child]
        for number, descriptor in enumerate(lifted):
            if descriptor >= 0:
                os.dup2(descriptor, number)
            else:
                os.set_inheritable(number, True)
        os.closerange(3, error_write)
        os.closerange(error_write + 1, 1 << 20)
        stage = _CHDIR
        if cwd is not None:
            os.chdir(cwd)
        stage = _EXEC
        # CPython ignores these two; the program gets the defaults, as subprocess gives.
        _signal.signal(_signal.SIGPIPE, _signal.SIG_DFL)
        _signal.signal(_signal.SIGXFSZ, _signal.SIG_DFL)
        _signal.pthread_sigmask(_signal.SIG_SETMASK, ())
        if env is None:
            os.execv(executable, argv)
        os.execve(executable, argv, env)
    except OSError as error:
        os.write(error_write, bytes([stage]) + str(error.errno or 0).encode())
    finally:
        os._exit(127)


def _start(pid: int, executable: str, cwd: str | None, go_write: int, error_read: int) -> NativeProcess:
    own = tracer.current()
    process = NativeProcess(own, pid, launched=True)
    tracee = Tracee(process, pid)
    refused = ptrace.seize(pid, process.options)
    if refused:
        process.signal(_signal.SIGKILL)
        os.waitpid(pid, 0)
        process.ended()
        raise LaunchError(
            f"cannot trace {executable}: ptrace is refused ({os.strerror(refused)}); in a container, allow "
            "it with --cap-add=SYS_PTRACE or a seccomp profile",
            errno=refused,
            filename=executable,
        )
    process.tracees[pid] = tracee
    own.waiter.tracees[pid] = tracee
    os.write(go_write, b"g")
    while True:
        status = own.waiter.take(pid)
        if status is None or status & 0x7F != 0x7F:
            own.settler.settle(tracee, _signal.SIGKILL if status is None else status)
            raise _failure(executable, cwd, os.read(error_read, 64))
        if status >> 8 == (5 | ptrace.EVENT_EXEC << 8):
            break
        number = 0 if status >> 16 else status >> 8 & 0x7F
        tracee.handle.resume(ptrace.CONT, number)
    try:
        own.settler.settle(tracee, status)
    except ThreadGone:
        process.kill()
        raise LaunchError(f"{executable}: killed while it was started", filename=executable) from None
    if process.unsupported:
        process.kill()
        raise LaunchError(
            f"{executable}: {process.unsupported}; trapline debugs x86-64 programs only",
            errno=errno.ENOEXEC,
            filename=executable,
        )
    process.all_stopped = True
    process.forget_pages()
    return process


def _missing_interpreter(executable: str, cwd: str | None) -> str:
    """Return what a script's first line, or a program's PT_INTERP, names and is not there; "" otherwise."""
    try:
        with open(executable, "rb") as file:
            line = file.readline(256)
        if line.startswith(b"#!"):
            words = line[2:].split()
            name = os.fsdecode(words[0]) if words else ""
        else:
            from trapline.elf.image import Image

            name = Image.open(executable).interpreter or ""
    except (OSError, DebuggerError):
        return ""
    return name if name and not os.path.exists(os.path.join(cwd or "", name)) else ""


def _failure(executable: str, cwd: str | None, report: bytes) -> LaunchError:
    if not report:
        return LaunchError(f"{executable}: killed while it was started", filename=executable)
    stage, number = _STAGES.get(report[0], "files"), int(report[1:] or b"0")
    reason = os.strerror(number)
    if stage == "cwd":
        return LaunchError(f"cannot enter {cwd}: {reason}", errno=number, filename=cwd)
    if stage == "tty":
        return LaunchError(f"cannot open the terminal for {executable}: {reason}", errno=number)
    if stage == "files":
        return LaunchError(f"cannot set up the files of {executable}: {reason}", errno=number)
    if number == errno.ENOENT and (missing := _missing_interpreter(executable, cwd)):
        reason = f"its interpreter {missing} is not there"
    if number == errno.ENOEXEC:
        reason = "exec format error: not an ELF program, and no #! line"
    return LaunchError(f"{executable}: {reason}", errno=number, filename=executable)
