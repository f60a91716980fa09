"""The prompt itself: help, quit, python."""

from __future__ import annotations

import itertools

from trapline.base.patterns import compiled
from trapline.base.typing import TYPE_CHECKING
from trapline.cli import registry
from trapline.cli.lines import block
from trapline.cli.registry import CommandError, command
from trapline.cli.render import heading, is_open

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "The prompt"


@command("help [COMMAND...]", "h", "?", topic=TOPIC, needs="")
def help_(session: Session, command: str) -> None:
    """List the commands, or explain one."""
    line = session.render.line
    if command:
        _explain(session, command)
        return
    known = registry.commands()
    for topic in sorted({one.topic for one in known}):
        line(heading(topic))
        for one in known:
            if one.topic == topic:
                line(f"  {one.name:<20} {one.summary}")
    line("Any unambiguous beginning of a name will do; `help COMMAND` explains one.")


def _explain(session: Session, text: str) -> None:
    line = session.render.line
    group = registry.group_named(text)
    if group:
        for one in registry.commands():
            if one.name == group or one.name.startswith(f"{group} "):
                line(f"{one.name:<20} {one.summary}")
        return
    one = registry.resolve(text).command
    line(heading(one.shown_usage))
    session.render.text(one.help)
    if one.aliases:
        line(f"Also: {', '.join(one.aliases)}")


@command("apropos REGEXP...", topic=TOPIC, needs="")
def apropos(session: Session, regexp: str) -> None:
    """List the commands and settings in whose help a regular expression is found, whatever its case."""
    import re

    wanted = compiled(regexp, re.IGNORECASE)
    for one in registry.commands():
        if wanted.search(" ".join([one.name, *one.aliases, one.help])):
            session.render.line(f"{one.name} -- {one.summary}")
    for setting in session.settings:
        if wanted.search(f"{setting.name} {setting.help}"):
            session.render.line(f"set {setting.name} -- {setting.help.rstrip('.')}")


@command("complete [LINE...]", topic=TOPIC, needs="", verbatim=True)
def complete(session: Session, line: str) -> None:
    """Print what Tab would make of a line, one possibility a line, for programs that show a prompt."""
    from trapline.cli import completion

    found = {
        line[: len(line) - length] + text
        for text, length in itertools.islice(completion.complete(session, line), completion.MOST)
    }
    for text in sorted(found):
        session.render.line(text)


@command("pipe LINE...", "|", topic=TOPIC, needs="", options=("-d",))
def pipe(session: Session, line: str) -> None:
    """Give what a command prints to a command of the shell: `pipe info functions | grep read`.

    Where a bar is in the command itself, `-d WORD` before it says what stands between them instead.
    """
    import subprocess

    between = "|"
    if line.startswith("-d "):
        between, _, line = line.removeprefix("-d").strip().partition(" ")
    ours, bar, theirs = line.partition(between)
    if not bar or not ours.strip() or not theirs.strip():
        raise CommandError("usage: pipe COMMAND | SHELL_COMMAND, or pipe -d WORD COMMAND WORD SHELL_COMMAND")
    with session.render.captured() as text:
        registry.run(session, ours)
    session.render.flush()
    done = subprocess.run(theirs, shell=True, input=text.getvalue(), text=True, errors="surrogateescape")
    session.set_convenience("_shell_exitcode", done.returncode)


@command("quit [STATUS]", "q", "exit", topic=TOPIC, needs="")
def quit_(session: Session, status: str | None) -> None:
    """Leave. A program that was launched is killed, one that was attached to goes on.

    STATUS is trapline's exit status. Asks first where a program would be ended and somebody can answer;
    `set confirm off` leaves at once.
    """
    if not session.may_leave():
        return
    if status is not None:
        session.exit_status = session.count(status, "STATUS", least=0) & 0xFF
    session.leaving = True


@command("python [STATEMENT...]", "py", "python-interactive", "pi", topic=TOPIC, needs="")
def python(session: Session, statement: str) -> None:
    """Run a line of Python, or those that follow up to `end`.

    `inferior` is the handle, `trapline` the library; names are kept. What the expression of a single line
    returns is printed. `sys.exit(STATUS)` leaves as `quit STATUS` does, without asking.
    """
    import textwrap

    if statement:
        run_python(session, statement, "<python>")
    else:
        run_python(session, textwrap.dedent("\n".join(block(session, "python"))), "<python lines>")


def run_python(session: Session, text: str, name: str) -> None:
    """Run Python with `inferior` and `trapline` known.

    Raises:
        CommandError: it raised; the message is the exception's line.
    """
    import sys

    import trapline

    names = session.python_names
    names.update(inferior=session.inferior, trapline=trapline, __name__="__trapline__")
    show = sys.displayhook
    sys.displayhook = lambda value: session.render.text(repr(value)) if value is not None else None
    try:
        session.render.flush()
        # "single" prints the value of an expression, as an interactive Python does.
        exec(compile(text, name, "single" if name == "<python>" else "exec"), names)
    except SystemExit as end:
        _leave(session, end.code)
    except Exception as error:
        where = _line_of(error, name)
        is_gdb = isinstance(error, NameError | ImportError) and error.name == "gdb"
        hint = "; Python has `inferior` and `trapline` here (docs/how-to/a-script.md)" if is_gdb else ""
        raise CommandError(f"{where}{type(error).__name__}: {error}{hint}") from error
    finally:
        sys.displayhook = show
        if is_open(sys.stdout):
            sys.stdout.flush()


def _leave(session: Session, code: object) -> None:
    """End the session as `sys.exit(code)` ends Python: a number is the status, a text a complaint and 1."""
    session.leaving = True
    session.exit_status = code & 0xFF if isinstance(code, int) else 0 if code is None else 1
    complaint = "" if code is None or isinstance(code, int) else str(code)
    if complaint:
        session.fail(complaint)
    if session.exit_status:
        session.note(ok=False, error=complaint or f"Python ended with exit status {session.exit_status}")


def _line_of(error: BaseException, name: str) -> str:
    """Return `FILE:LINE: ` of the user's own innermost line, "" for a statement at the prompt."""
    place = 0
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == name:
            place = step.tb_lineno
        step = step.tb_next
    return f"{name}:{place}: " if place and name != "<python>" else ""
