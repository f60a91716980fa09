"""What Tab offers for each kind of argument: locations, expressions, numbers, names and files."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator

from trapline.base.errors import DebuggerError
from trapline.base.typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import trapline
    from trapline.cli.session import Session

MOST = 200
"""Candidates that are offered; more help nobody."""

Found: TypeAlias = "tuple[str, int]"
Offer: TypeAlias = "Callable[[Session, str], Iterator[Found]]"

_WORD = re.compile(r"[\w$:~.@!<>,]*$")
_NAME = re.compile(r"[$\w:~]*$")
_BEHIND_STRUCT = re.compile(r"\b(?:struct|class|union|enum)\s+[\w:]*$")
_BEHIND_IF = re.compile(r"(?:^|\s)if[\s(]")


def last(text: str) -> str:
    """Return the last word of a text, "" behind a space."""
    return text.rpartition(" ")[2]


def _starting(names: Iterable[str], word: str) -> Iterator[Found]:
    """Yield those of some names that a word begins."""
    return ((name, len(word)) for name in names if name.startswith(word))


def _ending(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[0] if found is not None else ""


def _nothing(session: Session, text: str) -> Iterator[Found]:
    return iter(())


# -- the program's names -------------------------------------------------------------------------------


def _functions(session: Session, word: str) -> list[str]:
    """Return names of functions and variables that begin with a word; none for the empty word."""
    if session.inferior is None or not word:
        return []
    return session.inferior.names_beginning(word, MOST)


def _locations(session: Session, text: str) -> Iterator[Found]:
    word = _ending(_WORD, text)
    functions = _functions(session, word)
    yield from ((name, len(word)) for name in functions)
    file = last(text)
    # The names of all files of a large program take half a second.
    if file and session.inferior is not None and ("." in file or not functions):
        names = {os.path.basename(path) for path in session.inferior.source_paths()}
        yield from _starting(sorted(names), file)


def _places(session: Session, text: str) -> Iterator[Found]:
    """Behind `break`: a location, and `thread` and `if` with what they take."""
    condition = _BEHIND_IF.search(text)
    if condition is not None:
        yield from expressions(session, text[condition.end() :])
        return
    before = text.split()[:-1] if last(text) else text.split()
    if before and before[-1] == "thread":
        yield from _threads(session, text)
    elif before and not before[0].startswith("-"):
        yield from _starting(("if", "thread"), last(text))
    else:
        yield from _locations(session, text)


def expressions(session: Session, text: str) -> Iterator[Found]:
    """Yield names, members and registers that can end an expression."""
    word = _ending(_NAME, text)
    if word.startswith("$"):
        return ((f"${name}", len(word)) for name in session.dollar_names() if name.startswith(word[1:]))
    if session.inferior is None or not text.strip():
        return iter(())
    if _BEHIND_STRUCT.search(text):
        return _types(session, text)
    return ((one.text, one.length) for one in session.inferior.completions(text, most=MOST))


def _printed(session: Session, text: str) -> Iterator[Found]:
    """Offer the settings that `print` takes for one time, `-pretty on --`, and expressions behind them."""
    before, dashes, rest = text.partition(" -- ")
    word = last(before)
    options: list[str] = []
    if text.startswith("-") and word.startswith("-") and not dashes:
        names = (one.name.split() for one in session.settings)
        options = [f"-{name[1]}" for name in names if name[0] == "print" and len(name) == 2]
    found = list(_starting(options, word))
    yield from found or expressions(session, rest if dashes and text.startswith("-") else text)


def _watched(session: Session, text: str) -> Iterator[Found]:
    condition = _BEHIND_IF.search(text)
    return expressions(session, text[condition.end() :] if condition is not None else text)


def _declared(session: Session, text: str) -> Iterator[Found]:
    """Functions and variables by the beginning of their names, where a regular expression is asked for."""
    word = last(text)
    return ((name, len(word)) for name in _functions(session, word))


def _types(session: Session, text: str) -> Iterator[Found]:
    word = _ending(_NAME, text)
    inferior = session.inferior
    if inferior is None or not word:
        return iter(())
    known = inferior.declarations("types", f"^{re.escape(word)}")
    return _starting(sorted({one.name for one in known}), word)


def _typed(session: Session, text: str) -> Iterator[Found]:
    """An expression, or the name of a type."""
    yield from expressions(session, text)
    if not _BEHIND_STRUCT.search(text):
        yield from _types(session, text)


def _macros(session: Session, text: str) -> Iterator[Found]:
    """Macros that hold where the program is, and those that were defined at the prompt."""
    word = last(text)
    known = set(session.alone.macros)
    if session.inferior is not None:
        try:
            known |= {one.macro.name for one in session.inferior.macros().definitions()}
        except DebuggerError:
            pass  # nothing was compiled here
    return _starting(sorted(known), word)


def _expanded(session: Session, text: str) -> Iterator[Found]:
    word = _ending(_NAME, text)
    yield from _macros(session, word)
    yield from expressions(session, text)


def _own_macros(session: Session, text: str) -> Iterator[Found]:
    return _starting(sorted(session.alone.macros), text)


# -- what is stopped, by number or name ------------------------------------------------------------------


def _numbers(session: Session, text: str) -> Iterator[Found]:
    """Break-, watch- and catchpoints; behind `2.` the locations of one."""
    inferior = session.inferior
    if inferior is None:
        return
    word = last(text)
    number, dot, _ = word.partition(".")
    if dot:
        one = next((one for one in inferior.breakpoints if str(one.id) == number), None)
        places = one.locations if one is not None else ()
        yield from _starting((f"{number}.{place.number}" for place in places), word)
        return
    known = (inferior.breakpoints, inferior.watchpoints, inferior.catchpoints)
    numbers = sorted(one.id for kind in known for one in kind)
    yield from _starting(map(str, numbers), word)


def _after(words: Iterable[str], offer: Offer) -> Offer:
    """Return what offers words at the beginning, and numbers there and behind them."""

    def both(session: Session, text: str) -> Iterator[Found]:
        if " " not in text.strip() and not text.endswith(" "):
            yield from _starting(words, text.strip())
        yield from offer(session, text)

    return both


def _threads(session: Session, text: str) -> Iterator[Found]:
    if not session.is_alive:
        return iter(())
    from trapline.cli import thread_ids

    here = session.process
    return _starting((thread_ids.identity(here, one.number) for one in here.threads), last(text))


def _inferiors(session: Session, text: str) -> Iterator[Found]:
    family = session.inferior.family if session.inferior is not None else ()
    return _starting((str(one.number) for one in family), last(text))


def _levels(session: Session, text: str) -> Iterator[Found]:
    frames = _frames(session)
    return _starting((str(one.level) for one in frames), last(text))


def _called(session: Session, text: str) -> Iterator[Found]:
    """The functions of the selected thread's frames, innermost first."""
    return _starting(dict.fromkeys(one.function for one in _frames(session) if one.function), text)


def _chosen(session: Session, text: str) -> Iterator[Found]:
    """Behind `select-frame`: a level, or a word that says what else is meant and that."""
    word, space, rest = text.lstrip().partition(" ")
    if space:
        return _called(session, rest.lstrip()) if word == "function" else _levels(session, rest)
    return itertools.chain(_starting(("address", "function", "level"), word), _levels(session, word))


def _frames(session: Session) -> list[trapline.Frame]:
    from trapline.cli.commands.stack import seen

    try:
        return list(itertools.islice(seen(session), MOST))
    except DebuggerError:
        return []  # nothing is stopped


def _displays(session: Session, text: str) -> Iterator[Found]:
    return _starting((str(number) for number, _, _ in session.displays), last(text))


def _skips(session: Session, text: str) -> Iterator[Found]:
    known = session.inferior.skips if session.inferior is not None else ()
    return _starting((str(one.id) for one in known), last(text))


def _registers(session: Session, text: str) -> Iterator[Found]:
    word = last(text)
    dollar = "$" if word.startswith("$") else ""
    return _starting((f"{dollar}{name}" for name in session.dollar_names()), word)


# -- words -----------------------------------------------------------------------------------------------


def settings(session: Session, text: str) -> Iterator[Found]:
    """Yield settings, and behind the name of one what it can be."""
    declared, rest = session.settings.match(text.rstrip())
    if declared is not None and (rest or text.endswith(" ")):
        yield from _starting(declared.kind.choices, rest)
        return
    yield from _starting((one.name for one in session.settings), text)


def _assignments(session: Session, text: str) -> Iterator[Found]:
    """`set` takes a setting, or a place in the program with `=` behind it."""
    found = list(settings(session, text))
    yield from found or expressions(session, text)


def _commands(session: Session, text: str) -> Iterator[Found]:
    from trapline.cli import registry

    return _starting((one.name for one in registry.commands()), text)


def _events(session: Session, text: str) -> Iterator[Found]:
    """Behind `catch`: kinds of events, and the names that narrow some of them."""
    from trapline.control.catchpoints import KINDS, names_of

    kind, space, rest = text.partition(" ")
    return _starting(sorted(names_of(kind)) if space else KINDS, last(rest) if space else kind)


def _tables(session: Session, text: str) -> Iterator[Found]:
    from trapline.cli.commands.system import TABLES

    return _starting(TABLES, text)


def _signals(session: Session, text: str) -> Iterator[Found]:
    import signal

    word = last(text)
    return ((one.name, len(word)) for one in signal.Signals if one.name.startswith(word.upper()))


def _handled(session: Session, text: str) -> Iterator[Found]:
    """Behind `handle`: a signal or `all`, then what is done with it."""
    from trapline.cli.commands.signals import ACTIONS

    if " " in text.lstrip():
        return _starting(ACTIONS, last(text))
    return itertools.chain(_starting(("all",), text.lstrip()), _signals(session, text))


def _traced(session: Session, text: str) -> Iterator[Found]:
    """Behind `backtrace`: what the option before the cursor can be, and `full`."""
    from trapline.cli.commands.stack import OPTIONS

    before = text.split()[:-1] if last(text) else text.split()
    name = OPTIONS.get(before[-1]) if before else None
    if name is not None:
        return settings(session, f"{name} {last(text)}")
    return _starting(("full",), last(text))


def _environment(session: Session, text: str) -> Iterator[Found]:
    return _starting(sorted(session.launching.environment), text)


def _paths(session: Session, text: str) -> Iterator[Found]:
    word = last(text)
    folder, _, start = word.rpartition("/")
    base = os.path.expanduser(folder or ("/" if word.startswith("/") else "."))
    try:
        entries = sorted(os.scandir(base), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(start) and (start or not entry.name.startswith(".")):
            yield entry.name + ("/" if entry.is_dir() else ""), len(start)


OF_KINDS: dict[str, Offer] = {
    "location": _locations,
    "expression": expressions,
    "assignment": _assignments,
    "address": expressions,
    "name": expressions,
    "function": expressions,
    "value": expressions,
    "start": expressions,
    "file": _paths,
    "program": _paths,
    "directory": _paths,
    "directories": _paths,
    "arguments": _paths,
    "terminal": _paths,
    "table": _tables,
    "breakpoint": _numbers,
    "numbers": _numbers,
    "command": _commands,
    "setting": settings,
    "signal": _signals,
    "pattern": _declared,
}
"""What is offered for an argument, by its name in the command's usage."""

_SWITCHED: Offer = _after(("breakpoints",), _numbers)

OF_COMMANDS: dict[str, Offer] = {
    **dict.fromkeys(("break", "tbreak", "hbreak", "thbreak"), _places),
    **dict.fromkeys(("watch", "rwatch", "awatch"), _watched),
    **dict.fromkeys(("catch", "tcatch"), _events),
    **dict.fromkeys(("delete", "disable"), _SWITCHED),
    **dict.fromkeys(("delete display", "disable display", "enable display", "undisplay"), _displays),
    **dict.fromkeys(("skip delete", "skip disable", "skip enable", "info skip"), _skips),
    **dict.fromkeys(("info functions", "info variables"), _declared),
    **dict.fromkeys(("info registers", "info all-registers", "register read", "register write"), _registers),
    **dict.fromkeys(("ptype", "whatis"), _typed),
    **dict.fromkeys(("info threads", "thread"), _threads),
    **dict.fromkeys(("info inferiors", "inferior"), _inferiors),
    **dict.fromkeys(("thread apply", "thread freeze", "thread thaw"), _after(("all",), _threads)),
    **dict.fromkeys(("frame", "frame level"), _levels),
    **dict.fromkeys(("set environment", "show environment", "unset environment"), _environment),
    "backtrace": _traced,
    "enable": _after(("breakpoints", "count", "delete", "once"), _numbers),
    "frame apply": _after(("all", "level"), _levels),
    "frame function": _called,
    "handle": _handled,
    "info macro": _macros,
    "info types": _types,
    "macro expand": _expanded,
    "macro undef": _own_macros,
    "print": _printed,
    **dict.fromkeys(("info frame", "select-frame"), _chosen),
    "skip file": _locations,
    "symbol": _declared,
    "thread name": _nothing,
}
"""What is offered where the usage alone does not say it, by the command's name."""
