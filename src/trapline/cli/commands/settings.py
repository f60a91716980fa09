"""Settings: what they are now.  `set` itself is in `data`, because it also writes variables."""

from __future__ import annotations

import re

import trapline
from trapline.base.typing import TYPE_CHECKING
from trapline.cli import absent, registry
from trapline.cli.commands.data import text_of
from trapline.cli.registry import CommandError, command

if TYPE_CHECKING:
    from trapline.cli.session import Session
    from trapline.cli.settings import Declaration

TOPIC = "The prompt"


@command("show [SETTING...]", "info set", topic=TOPIC, needs="")
def show(session: Session, setting: str) -> None:
    """Print a setting and what it does, or all of them; `set SETTING VALUE` changes one."""
    settings = session.settings
    if not setting:
        session.render.table(
            [("Setting", "Value", "What it does")]
            + [(one.name, settings.shown(one), one.help) for one in settings]
        )
        return
    declared, rest = settings.match(setting)
    if declared is None or rest:
        group = settings.group(setting)
        if not group and (reason := absent.setting(setting)) is not None:
            raise CommandError(f"show {reason}")
        if not group:
            raise CommandError(f"no setting {setting!r}; `show` lists them")
        for one in group:
            session.render.line(f"{one.name}: {settings.shown(one)}")
        return
    session.render.line(f"{declared.name} is {settings.shown(declared)}. {declared.help}")


@command("show version", topic=TOPIC, needs="")
def show_version(session: Session) -> None:
    """Print trapline's version."""
    session.render.line(f"trapline {trapline.__version__}")


@command("show values [NUMBER]", topic=TOPIC, needs="")
def show_values(session: Session, number: str | None) -> None:
    """Print the last ten results, or ten around `$NUMBER`."""
    known = session.alone.results
    last = len(known) if number is None else min(session.count(number, "NUMBER") + 4, len(known))
    for at in range(max(last - 10, 0), last):
        session.render.text(f"${at + 1} = {text_of(session, known[at].remembered())}")


@command("show convenience", "show conv", topic=TOPIC, needs="")
def show_convenience(session: Session) -> None:
    """Print the variables that were set with `set $NAME = VALUE`, or by commands."""
    known = session.alone.convenience
    if not known:
        session.render.line("No debugger convenience values now defined; `set $foo = 5` defines one.")
    for name, value in known.items():
        session.render.text(f"${name} = {text_of(session, value)}")


@command("alias NAME...", topic=TOPIC, needs="", options=("-a",))
def alias(session: Session, name: str) -> None:
    """Call a command by a name of yours: `alias NAME = COMMAND`, with arguments that come first, if any.

    Names of commands that there are stay theirs. gdb's `-a` and `--` before NAME are read over.
    """
    left, equals, right = name.partition("=")
    words = [word for word in left.split() if word not in ("-a", "--")]
    if not equals or len(words) != 1 or not right.strip():
        raise CommandError("usage: alias NAME = COMMAND")
    if not re.fullmatch(r"[A-Za-z_][\w-]*", words[0]):
        raise CommandError(f"{words[0]!r} can be no name of a command")
    if registry.is_taken(words[0]):
        raise CommandError(f"{words[0]} is a command already: `help {words[0]}`")
    registry.resolve(right)
    session.aliases[words[0]] = right.strip()


@command("with SETTING...", "w", topic=TOPIC, needs="")
def with_(session: Session, setting: str) -> None:
    """Run a command with another setting: `with print pretty on -- print x`.

    Without `--` and a command it is the one before, once more. The setting is as before when the command
    ends, however it does; what else it set stays set.
    """
    head, _, line = f"{setting} ".partition(" -- ")
    line = line.strip() or session.previous or ""
    declared, value = session.settings.match(head)
    if declared is None:
        raise CommandError(f"no setting {head.strip()!r}; `show` lists them")
    if not line:
        raise CommandError("No previous command to relaunch; usage: with SETTING VALUE -- COMMAND")
    try:
        with session.settings.changed([(declared, value)]):
            _obey(session, declared)
            registry.run(session, line)
    finally:
        _obey(session, declared)


def _obey(session: Session, declared: Declaration) -> None:
    for name in declared.changes:
        session.obey(name, tell=False)
