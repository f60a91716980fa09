"""How a program is launched, so that it can be launched again, and our ends of its standard files."""

from __future__ import annotations

import os
from collections.abc import Callable

from trapline.backend.native.files import open_files
from trapline.backend.native.launch import check_program, find_program, launch
from trapline.base.descriptors import occupy_standard
from trapline.base.errors import ArgumentError
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.control import loop

if TYPE_CHECKING:
    from trapline.backend.native.launch import Files
    from trapline.backend.native.pipes import OutputPipe
    from trapline.backend.native.process import NativeProcess
    from trapline.control.streams import Reader, Writer
    from trapline.control.target import Target


def arguments_of(argv: Any) -> list[str | bytes]:
    """Return a program's arguments as they are given to exec: those of a sequence, or one path.

    Raises:
        TypeError: it is neither, or one of them is no text.
        ArgumentError: one of them has a NUL, or there is none.
    """
    given = [argv] if isinstance(argv, (str, bytes, os.PathLike)) else argv
    try:
        parts = [*given]
    except TypeError:
        raise TypeError(f"argv must be a sequence of arguments, or one path, not {_kind(argv)}") from None
    if not parts:
        raise ArgumentError("argv must name a program")
    return [_text(f"argv[{number}]", part) for number, part in enumerate(parts)]


def path_of(what: str, path: Any) -> str | None:
    """Return a path that may be left out, as str; `what` is the argument's name.

    Raises:
        TypeError: it is no path.
        ArgumentError: it has a NUL.
    """
    return None if path is None else os.fsdecode(_text(what, path))


def environment_of(env: Any) -> dict[str, str] | None:
    """Return a whole environment, None for ours, as exec takes it.

    Raises:
        TypeError: it is no mapping of texts.
        ArgumentError: a name is empty or has a `=`, or something has a NUL.
    """
    if env is None:
        return None
    try:
        given = dict(env)
    except (TypeError, ValueError):
        raise TypeError(f"env must be a mapping of names to values, not {_kind(env)}") from None
    found = {}
    for name, value in given.items():
        key = os.fsdecode(_text("a name in env", name))
        if not key or "=" in key:
            raise ArgumentError(f"{key!r} is no name of an environment variable")
        found[key] = os.fsdecode(_text(f"env[{key!r}]", value))
    return found


def _text(what: str, given: Any) -> str | bytes:
    """Return a text for the kernel, which ends it at a NUL."""
    if not isinstance(given, (str, bytes, os.PathLike)):
        raise TypeError(f"{what} must be str, bytes or a path, not {_kind(given)}")
    text: str | bytes = os.fspath(given)
    if "\0" in os.fsdecode(text):
        raise ArgumentError(f"{what} has a NUL in it: {text!r}")
    return text


def _kind(thing: object) -> str:
    return type(thing).__name__


class LaunchOptions:
    """How a program was launched, so that it can be launched again."""

    def __init__(
        self,
        argv: list[str | bytes],
        executable: str | None,
        env: dict[str, str] | None,
        cwd: str | None,
        files: tuple[Any, Any, Any, bytes | None, bool | str],
        aslr: bool,
    ) -> None:
        self.argv = argv
        self.executable = executable
        self.env = env
        self.cwd = cwd
        self.files = files
        self.aslr = aslr

    def start(self) -> tuple[NativeProcess, Any]:
        """Launch, and return the process with its files."""
        name = self.executable or os.fsdecode(self.argv[0])
        program = find_program(name, self.env)
        check_program(program)
        self.executable = os.path.abspath(program)  # the same file again, wherever we are by then
        occupy_standard()
        files = open_files(*self.files)
        try:
            process, warnings = launch(
                self.argv, os.path.abspath(program), self.env, self.cwd, files, self.aslr
            )
        except BaseException:
            for descriptor in (*files.ours.values(), files.master):
                if descriptor >= 0:
                    os.close(descriptor)
            raise
        finally:
            for descriptor in files.close:
                os.close(descriptor)
        if warnings:
            import warnings as python_warnings

            for text in warnings:
                python_warnings.warn(text, RuntimeWarning, stacklevel=4)
        if files.child[0] < 0 and not files.terminal:
            from trapline.backend.native.terminal import Terminal

            process.terminal = Terminal.shared_with(process.pid)
        return process, files


class StandardFiles:
    """Our ends of a program's standard files; each is None where the program has one without us."""

    def __init__(self, files: Files | None, target: Target) -> None:
        self.stdin: Writer | None = None
        self.stdout: Reader | None = None
        self.stderr: Reader | None = None
        self.tty: str | None = None
        self._pipes: list[OutputPipe] = []
        if files is None or not (files.ours or files.master >= 0):
            return
        from trapline.backend.native.pipes import OutputPipe
        from trapline.control.streams import Reader, Writer

        serve, data_came = _server(target)
        if 0 in files.ours:
            self.stdin = Writer(files.ours[0], serve)
        for number in (1, 2):
            if number in files.ours:
                pipe = OutputPipe(files.ours[number], data_came)
                self._pipes.append(pipe)
                reader = Reader(pipe, serve)
                if number == 1:
                    self.stdout = reader
                else:
                    self.stderr = reader
        if files.master >= 0:
            # Both directions of the terminal, as a user of a pty expects them.
            self.tty = files.terminal
            self.stdin = Writer(os.dup(files.master), serve)
            pipe = OutputPipe(files.master, data_came)
            self._pipes.append(pipe)
            self.stdout = Reader(pipe, serve)

    def abandon(self) -> None:
        """Close them where the collector runs, which may be in the midst of another pipe's making."""
        for pipe in self._pipes:
            pipe.abandon()
        if self.stdin is not None:
            self.stdin.close()

    def close(self) -> None:
        """Close them; what was read and not asked for is lost."""
        for pipe in self._pipes:
            pipe.close()
        if self.stdin is not None:
            self.stdin.close()


def _server(
    target: Target,
) -> tuple[Callable[[Callable[[], bool], float | None], None], Callable[[], None]]:
    """Return how a stream waits, and what is called when data came; neither keeps the handle alive."""

    def serve(ready: Callable[[], bool], timeout: float | None) -> None:
        target.owner.check()
        loop.serve_until(target.family, target, ready, timeout)

    def data_came() -> None:
        if target.family.until is not None:
            target.family.wake()

    return serve, data_came
