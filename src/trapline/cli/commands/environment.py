"""What a program is started with, and the shell around us: args, environment, directories, file, shell."""

from __future__ import annotations

import os
import re

from trapline.base.typing import TYPE_CHECKING
from trapline.cli.registry import CommandError, command

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "Files and processes"


@command("set args [ARGUMENTS...]", topic=TOPIC, needs="")
def set_args(session: Session, arguments: str) -> None:
    """Start the program with these arguments from the next `run` on; `< FILE` and `> FILE` as in `run`."""
    session.launching.set_arguments(arguments)


@command("show args", topic=TOPIC, needs="")
def show_args(session: Session) -> None:
    """Print the arguments that the program is started with."""
    text = session.launching.arguments(session.inferior)
    session.render.line(f'Argument list to give program being debugged when it is started is "{text}".')


@command("set environment NAME...", "set env", topic=TOPIC, needs="")
def set_environment(session: Session, name: str) -> None:
    """Set a variable of the program's environment from the next `run` on: `NAME VALUE` or `NAME=VALUE`."""
    found = re.fullmatch(r"([^\s=]+)(?:\s*=\s*|\s+|$)(.*)", name, re.DOTALL)
    if found is None or "\0" in name:
        raise CommandError(f"{name!r} names no variable; usage: set environment NAME VALUE")
    session.launching.set_variable(found[1], found[2])


@command("unset environment [NAME...]", "unset env", topic=TOPIC, needs="")
def unset_environment(session: Session, name: str) -> None:
    """Take a variable out of the program's environment from the next `run` on; all without NAME."""
    if name:
        session.launching.set_variable(name, None)
    elif session.agrees("Delete all environment variables?"):
        session.launching.clear_environment()


@command("show environment [NAME...]", "show env", topic=TOPIC, needs="")
def show_environment(session: Session, name: str) -> None:
    """Print the environment that the program is started with, or one variable of it."""
    known = session.launching.environment
    if not name:
        for one, value in known.items():
            session.render.line(f"{one}={value}")
    elif name in known:
        session.render.line(f"{name} = {known[name]}")
    else:
        session.render.line(f'Environment variable "{name}" not defined.')


@command("path DIRECTORIES...", topic=TOPIC, needs="")
def path(session: Session, directories: str) -> None:
    """Put directories, with spaces or colons between them, before the program's PATH for the next `run`."""
    first = [os.path.abspath(os.path.expanduser(one)) for one in re.split(r"[\s:]+", directories) if one]
    before = session.launching.environment.get("PATH", "").split(":")
    kept = [one for one in before if one and one not in first]
    session.launching.set_variable("PATH", ":".join([*first, *kept]))
    show_paths(session)


@command("show paths", topic=TOPIC, needs="")
def show_paths(session: Session) -> None:
    """Print the PATH that the program is started with."""
    known = session.launching.environment.get("PATH", "")
    session.render.line(f"Executable and object file path: {known}")


@command("set inferior-tty [TERMINAL...]", "tty", topic=TOPIC, needs="")
def set_inferior_tty(session: Session, terminal: str) -> None:
    """Start the program on another terminal from the next `run` on; on ours without TERMINAL."""
    session.launching.set_terminal(os.path.expanduser(terminal) or None)


@command("show inferior-tty", topic=TOPIC, needs="")
def show_inferior_tty(session: Session) -> None:
    """Print the terminal that the program is started on."""
    name = session.launching.terminal or ""
    session.render.line(f'Terminal for future runs of program being debugged is "{name}".')


@command("set cwd [DIRECTORY...]", topic=TOPIC, needs="")
def set_cwd(session: Session, directory: str) -> None:
    """Start the program in a directory from the next `run` on; in ours without DIRECTORY."""
    session.launching.set_directory(os.path.abspath(os.path.expanduser(directory)) if directory else None)


@command("show cwd", topic=TOPIC, needs="")
def show_cwd(session: Session) -> None:
    """Print the directory that the program is started in."""
    where = session.launching.directory
    if where is None:
        session.render.line("The program is started in our own working directory; `pwd` prints it.")
    else:
        session.render.line(f'Current working directory that will be used when starting is "{where}".')


@command("cd [DIRECTORY...]", topic=TOPIC, needs="")
def cd(session: Session, directory: str) -> None:
    """Change our working directory; to the home without DIRECTORY. Programs start there without `set cwd`."""
    path = os.path.expanduser(directory or "~")
    try:
        os.chdir(path)
    except (OSError, ValueError) as error:
        raise CommandError(f"{path}: {getattr(error, 'strerror', None) or error}.") from None
    if session.launching.directory is None:
        session.launching.set_directory(None)  # the one that waits for `run` was started in the last one
    pwd(session)


@command("pwd", topic=TOPIC, needs="")
def pwd(session: Session) -> None:
    """Print our working directory."""
    session.render.line(f"Working directory {os.getcwd()}.")


@command("file PROGRAM...", topic=TOPIC, needs="")
def file(session: Session, program: str) -> None:
    """Debug another program, started with what `set args` says and stopped at its first instruction.

    Break-, watch- and catchpoints of the program before are set again.
    """
    from trapline.cli.commands import carrying

    if session.is_alive:
        raise CommandError(f"process {session.process.pid} is being debugged: `detach` or `kill` it first")
    inferior = session.launching.launch(os.path.expanduser(program))
    carrying.take(session, inferior)
    session.fresh = True
    session.render.line(f"{inferior.exe}: process {inferior.pid}, at its first instruction.")
    problem = inferior.modules[0].problem if inferior.modules else None
    if problem is not None:
        session.render.error(f"warning: {problem}")


@command("shell [COMMAND...]", "!", topic=TOPIC, needs="")
def shell(session: Session, command: str) -> None:
    """Run a command of the shell, or a shell; `$_shell_exitcode` is its exit status."""
    _shell(session, command or os.environ.get("SHELL") or "/bin/sh")


@command("make [ARGUMENTS...]", topic=TOPIC, needs="")
def make(session: Session, arguments: str) -> None:
    """Run make, the build tool."""
    _shell(session, f"make {arguments}")


def _shell(session: Session, command: str) -> None:
    import subprocess

    session.render.flush()
    try:
        status = subprocess.call(command, shell=True)
    except ValueError as error:
        raise CommandError(f"cannot run that: {error}") from None
    session.set_convenience("_shell_exitcode" if status >= 0 else "_shell_exitsignal", abs(status))
