"""Processes and scripts: attach, detach, kill, source."""

from __future__ import annotations

import trapline
from trapline.base.errors import DebuggerError
from trapline.base.typing import TYPE_CHECKING
from trapline.cli import stops
from trapline.cli.lines import Lines
from trapline.cli.registry import CommandError, command

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "Files and processes"
_LONGEST = 1 << 24  # characters of a file of commands


@command("attach PID", topic=TOPIC, needs="")
def attach(session: Session, pid: str) -> None:
    """Debug a running process; it is stopped, and left running by `detach` and `quit`.

    Break-, watch- and catchpoints of the program before are set again.
    """
    if not (pid.isascii() and pid.isdigit() and len(pid) < 10):
        raise CommandError(f"{pid!r} is no process id")
    if session.is_alive:
        raise CommandError(f"process {session.process.pid} is being debugged: `detach` or `kill` it first")
    from trapline.cli.commands import carrying

    carrying.take(session, trapline.attach(int(pid)))
    session.render.line(f"Attached to process {pid}.")
    stops.tell_place(session)


@command("detach", topic=TOPIC)
def detach(session: Session) -> None:
    """Let the process go on alone, with every byte of it as it was."""
    inferior = session.process
    inferior.detach()
    session.fresh = False
    session.render.line(f"Detaching from program: {inferior.exe}, process {inferior.pid}")
    session.render.line(f"[Inferior {inferior.number} (process {inferior.pid}) detached]")


@command("kill", "k", topic=TOPIC)
def kill(session: Session) -> None:
    """End the process, after a question on a terminal; breakpoints are kept for the next `run`."""
    inferior = session.process
    if not session.agrees("Kill the program being debugged?"):
        return
    inferior.kill()
    session.fresh = False
    session.render.line(f"[Inferior {inferior.number} (process {inferior.pid}) killed]")


@command("source FILE...", topic=TOPIC, needs="")
def source(session: Session, file: str) -> None:
    """Run the commands of a file, one a line; the first that fails ends it. A `.py` file is Python.

    `#` begins a comment line; a line that ends in a backslash goes on in the next; `python` alone is followed
    by lines of Python up to `end`.
    """
    if len(session.sourcing) >= 50:
        raise CommandError(f"{file}: files source each other more than 50 deep")
    try:
        with open(file, encoding="utf-8", errors="surrogateescape") as stream:
            text = stream.read(_LONGEST + 1)
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}.") from None
    if len(text) > _LONGEST:
        raise CommandError(f"{file}: no file of commands has more than {_LONGEST} characters.")
    lines = Lines(file, text.splitlines(), joins=True)
    session.sourcing.append(lines)
    try:
        if file.endswith(".py"):
            from trapline.cli.commands.shell import run_python

            run_python(session, text, file)
        else:
            _run_lines(session, lines)
    finally:
        session.sourcing.pop()


def _run_lines(session: Session, lines: Lines) -> None:
    from trapline.cli.session import said

    for line in lines:
        line = line.lstrip()
        number = lines.number
        if not line or line.startswith("#"):
            continue
        try:
            session.run(line)
        except (DebuggerError, OSError) as error:
            raise CommandError(f"{lines.name}:{number}: {said(error)}") from error
        if session.leaving:
            return
