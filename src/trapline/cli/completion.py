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
    offer = _printed if match.command.name == "print" else _KINDS.get(kind, _nothing)
    yield from offer(session, argument)


def _nothing(session: Session, text: str) -> Iterator[tuple[str, int]]:
    return iter(())


def _locations(session: Session, text: str) -> Iterator[tuple[str, int]]:
    word = _last(_WORD, text)
    functions = _functions(session, word)
    yield from ((name, len(word)) for name in functions)
    file = text.rpartition(" ")[2]
    # The names of all files of a large program take half a second.
    if file and session.inferior is not None and ("." in file or not functions):
        names = {os.path.basename(path) for path in session.inferior.source_paths()}
        yield from ((name, len(file)) for name in sorted(names) if name.startswith(file))


def _expressions(session: Session, text: str) -> Iterator[tuple[str, int]]:
    word = _last(_NAME, text)
    if word.startswith("$"):
        found = (f"${name}" for name in session.dollar_names() if name.startswith(word[1:]))
        return ((name, len(word)) for name in found)
    if session.inferior is None or not text.strip():
        return iter(())
    return ((one.text, one.length) for one in session.inferior.completions(text, most=MOST))


def _printed(session: Session, text: str) -> Iterator[tuple[str, int]]:
    """Offer the settings that `print` takes for one time, `-pretty on --`, and expressions behind them."""
    before, dashes, rest = text.partition(" -- ")
    word = before.rpartition(" ")[2]
    options: list[str] = []
    if text.startswith("-") and word.startswith("-") and not dashes:
        names = (one.name.split() for one in session.settings)
        options = [f"-{name[1]}" for name in names if name[0] == "print" and len(name) == 2]
    found = [(option, len(word)) for option in options if option.startswith(word)]
    yield from found or _expressions(session, rest if dashes and text.startswith("-") else text)


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


def _events(session: Session, text: str) -> Iterator[tuple[str, int]]:
    """Behind `catch`: kinds of events, and the names that narrow some of them."""
    from trapline.control.catchpoints import KINDS, names_of

    kind, space, rest = text.partition(" ")
    word = rest.rpartition(" ")[2] if space else kind
    known = sorted(names_of(kind)) if space else KINDS
    return ((name, len(word)) for name in known if name.startswith(word))


def _tables(session: Session, text: str) -> Iterator[tuple[str, int]]:
    from trapline.cli.commands.system import TABLES

    return ((name, len(text)) for name in TABLES if name.startswith(text))


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
    "program": _paths,
    "directory": _paths,
    "directories": _paths,
    "arguments": _paths,
    "kind": _events,
    "table": _tables,
    "breakpoint": _numbers,
    "breakpoints": _numbers,
    "command": _commands,
    "setting": _settings,
    "signal": _signals,
}
