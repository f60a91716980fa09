"""`trapline` itself: what its own arguments mean, and the prompt.

Arguments are read by hand, as getopt(3) would: argparse costs more to import than a launch takes.
"""

from __future__ import annotations

import os
import sys

import trapline
from trapline.base.errors import DebuggerError
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.cli import places, stops
from trapline.cli.announcements import INFERIORS, THREADS
from trapline.cli.lines import Lines
from trapline.cli.prompt import is_at_terminal
from trapline.cli.registry import CommandError
from trapline.cli.render import Renderer
from trapline.cli.session import Session, said
from trapline.cli.settings import STYLE

if TYPE_CHECKING:
    from trapline.inferior import Inferior

USAGE = """\
usage: trapline [OPTIONS] PROGRAM [ARGUMENTS...]   debug a program, stopped at its first instruction
       trapline [OPTIONS] attach PID               debug a running process (also: -p PID)
       trapline stacks PID                         print its threads grouped by stack, and let it go
       trapline dap [--listen HOST:PORT]           serve an editor (Debug Adapter Protocol)

  -ex COMMAND      run a command first (may be repeated)
  -x FILE          run the commands of a file first (may be repeated)
  --json           answer each command with one JSON object a line
  --batch          run those, ask nothing, and end; exit status 1 if one of them failed
  --cd DIR         the program's working directory
  --stdin FILE     the program's standard input
  --stdout FILE    the program's standard output
  --aslr           randomize addresses (they are fixed by default)
  --nx             do not read the configuration file; --batch and --json do not either
  -q, --quiet      no greeting
  --args           ignored: what follows PROGRAM is always its own
  --version, --help

A program named like a subcommand is given with a path (./attach) or after `--`."""


class _Arguments:
    """What the command line said."""

    def __init__(self) -> None:
        self.commands: list[tuple[str, str]] = []
        """("ex", command) and ("x", file), in order."""
        self.batch = False
        self.quiet = False
        self.bare = False
        self.json = False
        self.aslr = False
        self.directory: str | None = None
        self.stdin: str | None = None
        self.stdout: str | None = None
        self.pid: str | None = None
        self.verb = ""
        """"attach", "stacks", "version", "help", or "" for a program."""
        self.program: list[str] = []


_WITH_VALUE = {
    "ex": "ex", "eval-command": "ex", "x": "x", "command": "x", "cd": "cd", "p": "pid", "pid": "pid",
    "stdin": "stdin", "stdout": "stdout",
}  # fmt: skip
_FLAGS = {
    "batch": "batch", "q": "quiet", "quiet": "quiet", "silent": "quiet", "aslr": "aslr", "args": "",
    "json": "json",
    "nx": "bare", "n": "bare", "version": "version", "v": "version", "help": "help", "h": "help",
}  # fmt: skip
_VERBS = ("attach", "stacks")


def parse(words: list[str]) -> _Arguments:
    """Return what the words behind `trapline` mean.

    One hyphen is as good as two, as in gdb; `--option=VALUE` is read too.

    Raises:
        CommandError: an option is unknown, or lacks its value.
    """
    found = _Arguments()
    rest = list(words)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        word = rest.pop(0)
        if word == "--":
            found.program = rest
            return found
        name, equals, value = word.lstrip("-").partition("=")
        if name in _WITH_VALUE:
            if not equals:
                if not rest:
                    raise CommandError(f"option {word} needs a value")
                value = rest.pop(0)
            _keep(found, _WITH_VALUE[name], value)
        elif name in _FLAGS and not equals:
            kind = _FLAGS[name]
            if kind in ("version", "help"):
                found.verb = kind
            elif kind:
                setattr(found, kind, True)
        else:
            import difflib

            near = difflib.get_close_matches(name, [*_WITH_VALUE, *_FLAGS], 2)
            hint = f"; near: {', '.join('--' + one for one in near)}" if near else ""
            raise CommandError(f"unknown option {word}{hint}; trapline --help lists them")
    if rest and rest[0] in _VERBS and not found.verb:
        found.verb = rest.pop(0)
        if len(rest) != 1:
            raise CommandError(f"usage: trapline {found.verb} PID")
        found.pid = rest.pop()
    elif found.pid is not None and not found.verb:
        found.verb = "attach"
    found.program = rest
    return found


def _keep(found: _Arguments, kind: str, value: str) -> None:
    match kind:
        case "ex" | "x":
            found.commands.append((kind, value))
        case "cd":
            found.directory = value
        case "pid":
            found.pid = value
        case "stdin":
            found.stdin = value
        case _:
            found.stdout = value


def main(words: list[str] | None = None) -> int:
    """Run the command line, and return its exit status."""
    try:
        return _main(sys.argv[1:] if words is None else words)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has gone, as in `trapline ... | head`: nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1


def _main(words: list[str]) -> int:
    render = Renderer()
    try:
        arguments = parse(words)
    except CommandError as error:
        render.error(f"trapline: {error}")
        return 2
    if arguments.verb == "help":
        render.text(USAGE)
        return 0
    if arguments.verb == "version":
        render.line(f"trapline {trapline.__version__}")
        return 0
    session = _session(arguments, render)
    session.batch = arguments.batch
    if arguments.batch or arguments.json:
        for name in (THREADS, INFERIORS, STYLE):
            session.settings[name] = False
        session.obey(STYLE)
    try:
        _begin(session, arguments)
        if arguments.verb == "stacks":
            session.execute("stacks")
            return 1 if session.failures else 0
        return _drive(session, arguments)
    except (DebuggerError, OSError) as error:
        # What was asked for on the shell's line cannot be had: there is nothing to prompt for.
        session.refuse(_start_of(arguments), error)
        render.error(f"trapline: {said(error)}")
        return 1
    finally:
        session.render.log_to(None)
        if session.inferior is not None:
            session.inferior.__exit__(None, None, None)


def _session(arguments: _Arguments, render: Renderer) -> Session:
    """Return the session that answers as was asked for."""
    if not arguments.json:
        return Session(render=render)
    from trapline.cli import json_lines

    arguments.quiet = True
    return json_lines.JsonSession(json_lines.standard_output())


def _start_of(arguments: _Arguments) -> str:
    """Return the command that does what the command line asks for first."""
    return f"attach {arguments.pid}" if arguments.pid is not None else f"file {arguments.program[0]}"


def _begin(session: Session, arguments: _Arguments) -> None:
    """Launch or attach."""
    if arguments.pid is not None:
        text = arguments.pid
        if not (text.isascii() and text.isdigit()):
            raise CommandError(f"{text!r} is no process id")
        session.begin(trapline.attach(int(text), exe=arguments.program[0] if arguments.program else None))
        if not arguments.json and arguments.verb == "attach":
            session.render.line(f"Attached to process {text}.")
            stops.tell_place(session)
        return
    _keep_surroundings(session, arguments)
    if not arguments.program:
        return
    options: dict[str, Any] = {"cwd": arguments.directory, "aslr": arguments.aslr}
    files = []
    try:
        for name, path, mode in (("stdin", arguments.stdin, "rb"), ("stdout", arguments.stdout, "wb")):
            if path is not None:
                file = open(path, mode)  # noqa: SIM115 - closed below, when the program has its own copy
                files.append(file)
                options[name] = file
        session.begin(trapline.launch(arguments.program, **options))
    finally:
        for file in files:
            file.close()
    if files:
        # For the second `run`, which opens them again.
        session.program.set_arguments(session.program.argv, files=session.launching.files)
    session.fresh = True


def _keep_surroundings(session: Session, arguments: _Arguments) -> None:
    """Remember what programs are started with, from the first `run` or `file` on."""
    launching = session.launching
    launching.directory, launching.aslr = arguments.directory, arguments.aslr
    session.settings["disable-randomization"] = not arguments.aslr
    paths = [None if path is None else os.path.abspath(path) for path in (arguments.stdin, arguments.stdout)]
    launching.files = paths[0], paths[1]


def _drive(session: Session, arguments: _Arguments) -> int:
    """Run the commands given, then prompt, and return the exit status."""
    if not (arguments.batch or arguments.bare or arguments.json):
        _configure(session)
    _run_given(session, arguments.commands)
    if not arguments.batch and not session.leaving:
        if session.inferior is not None and session.fresh and not arguments.quiet and is_at_terminal():
            session.render.line(
                f"{session.inferior.exe}: process {session.inferior.pid}, at its first instruction;"
                " `help` lists the commands"
            )
        converse(session)
    if session.exit_status is not None:
        return session.exit_status
    return 1 if arguments.batch and session.failures else 0


def _run_given(session: Session, commands: list[tuple[str, str]]) -> None:
    """Run the `-ex` and `-x` of the command line; a command that has lines takes the `-ex` behind it."""
    lines = Lines("-ex", [text if kind == "ex" else f"source {text}" for kind, text in commands])
    session.sourcing.append(lines)
    try:
        for line in lines:
            if session.leaving:
                break
            session.execute(line)
    finally:
        session.sourcing.pop()


def _configure(session: Session) -> None:
    """Run the user's own commands; those of the working directory are never looked at."""
    path = places.configuration_file()
    if os.path.exists(path):
        session.execute(f"source {path}")
        session.failures = 0


def interact(inferior: Inferior) -> None:
    """Open the prompt on an inferior from a script; returns when it is left, the inferior as it is then."""
    session = Session(inferior)
    session.is_guest = True
    _configure(session)
    converse(session)


def converse(session: Session) -> None:
    """Read commands until `quit` or the end of input."""
    session.leaving = False
    prompt = session.prompt
    while not session.leaving:
        try:
            line = prompt.read()
        except KeyboardInterrupt:
            continue
        if line is None:
            if prompt.is_terminal:
                session.render.line("quit")
                if not session.may_leave():
                    continue
            return
        if not line.strip() and prompt.is_terminal and session.again is not None:
            line = session.again
        session.execute(line)
