"""What `launch` and `attach` ask for, and the program that comes of it."""

from __future__ import annotations

import os

from trapline.base.errors import DebuggerError, LaunchError
from trapline.base.typing import Any
from trapline.dap.arguments import Arguments, BadArgument

_CONSOLES = ("internalConsole", "integratedTerminal", "externalTerminal")
_FOLLOW = ("parent", "child", "both")


class Launch:
    """The arguments of `launch`."""

    def __init__(self, arguments: Arguments) -> None:
        """Read them.

        Raises:
            BadArgument: one is missing or means nothing.
            LaunchError: there is no such directory.
        """
        self.program = os.path.expanduser(arguments.text("program"))
        if not self.program:
            raise BadArgument("the argument 'program' is empty; it is the path of the program to debug")
        self.cwd = os.path.expanduser(arguments.text("cwd", "")) or None
        self.arguments = _words(arguments)
        self.environment = _environment(arguments)
        self.stop_on_entry = arguments.flag("stopOnEntry")
        self.without_debugging = arguments.flag("noDebug")
        self.console = _one_of(arguments, "console", _CONSOLES)
        self.stdio = _stdio(arguments, self.cwd)
        self.follow_fork = _one_of(arguments, "followFork", _FOLLOW)
        self.randomize = arguments.flag("aslr")
        if self.cwd is not None and not os.path.isdir(self.cwd):
            # The program's own exec would tell too late, and not which of the two is missing.
            raise LaunchError(f"cwd {self.cwd}: no such directory", errno=2, filename=self.cwd)

    @property
    def argv(self) -> list[str]:
        """The program and its arguments."""
        return [self._path, *self.arguments]

    @property
    def _path(self) -> str:
        # As exec would find it from the program's own directory.
        if "/" in self.program and self.cwd is not None:
            return os.path.normpath(os.path.join(self.cwd, self.program))
        return self.program


def _words(arguments: Arguments) -> list[str]:
    given = arguments.values.get("args")
    if isinstance(given, str):
        import shlex

        try:
            return shlex.split(given)
        except ValueError as error:
            raise BadArgument(f"the argument 'args' cannot be read: {error}") from None
    return arguments.texts("args")


def _environment(arguments: Arguments) -> dict[str, str | None]:
    """Return what is to be changed in the environment; None takes a variable out."""
    given: Any = arguments.values.get("env")
    if isinstance(given, list) and all(isinstance(one, str) for one in given):
        given = dict(one.partition("=")[::2] for one in given)
    changes = given if isinstance(given, dict) else arguments.object("env").values
    for name, value in changes.items():
        if value is not None and not isinstance(value, str):
            raise BadArgument(f"env: {name} must be a string, not {value!r:.60}")
    return changes


def _one_of(arguments: Arguments, name: str, known: tuple[str, ...]) -> str:
    found = arguments.text(name, known[0])
    if found not in known:
        raise BadArgument(f"the argument {name!r} must be one of {', '.join(known)}, not {found!r:.60}")
    return found


def _stdio(arguments: Arguments, cwd: str | None) -> list[str | None]:
    """Return the paths of stdin, stdout and stderr; None: not redirected."""
    given: Any = arguments.values.get("stdio")
    if given is None:
        return [None, None, None]
    if isinstance(given, str):
        given = [given] * 3
    elif isinstance(given, dict):
        given = [given.get(name) for name in ("stdin", "stdout", "stderr")]
    if (
        not isinstance(given, list)
        or len(given) > 3
        or not all(one is None or isinstance(one, str) for one in given)
    ):
        raise BadArgument(
            "the argument 'stdio' must be up to three paths or nulls, for stdin, stdout and stderr"
        )
    padded = [*given, None, None, None][:3]
    return [None if one is None else os.path.join(cwd or "", os.path.expanduser(one)) for one in padded]


def environment(changes: dict[str, str | None]) -> dict[str, str]:
    """Return our own environment with changes."""
    found = {**os.environ, **{name: value for name, value in changes.items() if value is not None}}
    for name, value in changes.items():
        if value is None:
            found.pop(name, None)
    return found


def process_id(arguments: Arguments) -> int:
    """Return the process that `attach` is about: a number, or the string that an editor's picker gives.

    Raises:
        BadArgument: there is none.
        DebuggerError: core files cannot be read yet.
    """
    if "core" in arguments or "coreFile" in arguments:
        raise DebuggerError("core files cannot be read yet; trapline attaches to running processes")
    name, given = "pid", arguments.values.get("pid")
    if (picked := arguments.values.get("processId")) is not None or given is None:
        name, given = "processId", picked
    if isinstance(given, str) and given.strip().isascii() and given.strip().isdigit():
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int) or given <= 0:
        raise BadArgument(f"attach needs the argument {name!r}, a process id, not {given!r:.60}")
    return given
