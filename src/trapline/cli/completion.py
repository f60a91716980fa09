"""What Tab offers: commands, their subcommands, and what fits behind each.

Everything is asked on the thread that owns the inferior.  An editor's console asks as well as the prompt, so
nothing here is prompt_toolkit's, which takes a tenth of a second to import.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

from trapline.base.errors import DebuggerError
from trapline.base.typing import TYPE_CHECKING
from trapline.cli import registry

if TYPE_CHECKING:
    from trapline.cli.session import Session

MOST = 200
"""Candidates that are offered; more help nobody."""

_WORD = re.compile(r"[\w$:~.@!<>,]*$")
_NAME = re.compile(r"[$\w:~]*$")


def complete(session: Session, before: str) -> Iterator[tuple[str, int]]:
    """Yield (text, number of characters before the cursor that it replaces) for a line up to the cursor."""
    line = before.lstrip()
    names = registry.completions(line)
    if names is not None:
        word = line.rpartition(" ")[2]
        yield from ((name, len(word)) for name in names)
        group, _, rest = line.partition(" ")
        if group in ("set", "show"):
            yield from _settings(session, rest.lstrip())
        return
    try:
        match = registry.resolve(line)
    except DebuggerError:
        return
    argument = match.text if line.endswith(match.text) else ""
    if line.endswith(" "):
        argument += " "
    kind = next((one.name for one in match.command.parameters), "")
    yield from _KINDS.get(kind, _nothing)(session, argument)


def _nothing(session: Session, text: str) -> Iterator[tuple[str, int]]:
    return iter(())


def _locations(session: Session, text: str) -> Iterator[tuple[str, int]]:
    word = _last(_WORD, text)
    return ((name, len(word)) for name in _functions(session, word))


def _expressions(session: Session, text: str) -> Iterator[tuple[str, int]]:
    word = _last(_NAME, text)
    if word.startswith("$"):
        found = (f"${name}" for name in session.dollar_names() if name.startswith(word[1:]))
        return ((name, len(word)) for name in found)
    if session.inferior is None or not text.strip():
        return iter(())
    return ((one.text, one.length) for one in session.inferior.completions(text, most=MOST))


def _assignments(session: Session, text: str) -> Iterator[tuple[str, int]]:
    """`set` takes a setting, or a place in the program with `=` behind it."""
    yield from _settings(session, text)
    yield from _expressions(session, text)


def _paths(session: Session, text: str) -> Iterator[tuple[str, int]]:
    word = text.rpartition(" ")[2]
    folder, _, start = word.rpartition("/")
    base = os.path.expanduser(folder or ("/" if word.startswith("/") else "."))
    try:
        entries = sorted(os.scandir(base), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(start) and (start or not entry.name.startswith(".")):
            yield entry.name + ("/" if entry.is_dir() else ""), len(start)


def _numbers(session: Session, text: str) -> Iterator[tuple[str, int]]:
    inferior = session.inferior
    if inferior is not None:
        word = text.rpartition(" ")[2]
        known = (inferior.breakpoints, inferior.watchpoints, inferior.catchpoints)
        numbers = sorted(one.id for kind in known for one in kind)
        yield from ((str(number), len(word)) for number in numbers if str(number).startswith(word))


def _commands(session: Session, text: str) -> Iterator[tuple[str, int]]:
    for one in registry.commands():
        if one.name.startswith(text):
            yield one.name, len(text)


def _settings(session: Session, text: str) -> Iterator[tuple[str, int]]:
    declared, rest = session.settings.match(text.rstrip())
    if declared is not None and (rest or text.endswith(" ")):
        for choice in declared.kind.choices:
            if choice.startswith(rest):
                yield choice, len(rest)
        return
    for one in session.settings:
        if one.name.startswith(text):
            yield one.name, len(text)


def _signals(session: Session, text: str) -> Iterator[tuple[str, int]]:
    import signal

    word = text.rpartition(" ")[2]
    return ((one.name, len(word)) for one in signal.Signals if one.name.startswith(word.upper()))


def _last(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[0] if found is not None else ""


def _functions(session: Session, word: str) -> list[str]:
    """Return names of functions and variables that begin with a word; none for the empty word."""
    if session.inferior is None or not word:
        return []
    return session.inferior.names_beginning(word, MOST)


_KINDS: dict[str, Callable[[Session, str], Iterator[tuple[str, int]]]] = {
    "location": _locations,
    "expression": _expressions,
    "assignment": _assignments,
    "address": _expressions,
    "name": _expressions,
    "file": _paths,
    "breakpoint": _numbers,
    "breakpoints": _numbers,
    "command": _commands,
    "setting": _settings,
    "signal": _signals,
}
