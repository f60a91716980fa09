"""What `set` and `show` know: one declaration a setting, with its kind, its default and its help."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator

from trapline.base.fact import NamedTuple
from trapline.base.typing import TypeAlias
from trapline.cli.announcements import INFERIORS, THREADS
from trapline.cli.registry import CommandError

Setting: TypeAlias = "int | bool | str | None"


class Kind(NamedTuple):
    """How a setting is written: `parse` raises ValueError with what is wrong, `show` is its inverse."""

    parse: Callable[[str], Setting]
    show: Callable[[Setting], str]
    choices: tuple[str, ...] = ()


class Declaration(NamedTuple):
    """One setting; `help` is a line that ends in a full stop, `both` are settings that it sets as well."""

    name: str
    kind: Kind
    default: Setting
    help: str
    both: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[str, ...]:
        """The names of all settings that have another value when this one is set."""
        return (self.name, *self.both)


_ON, _OFF = ("on", "1", "yes", "enable", ""), ("off", "0", "no", "disable")


def _switch(text: str) -> bool:
    if text not in _ON + _OFF:
        raise ValueError('"on" or "off" expected')
    return text in _ON


def _count(text: str) -> int | None:
    if text == "unlimited":
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError("a number or `unlimited` expected")
    return int(text) or None  # 0 has no limit either, as in gdb


def _depth(text: str) -> int | None:
    """Return a depth, of which 0 is one, too: nothing of what is in a value is printed."""
    return None if text == "-1" else 0 if text == "0" else _count(text)


def _width(text: str) -> str | int | None:
    return text if text == "terminal" else _count(text)


def _lines(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise ValueError("a number of lines expected")
    return int(text)


def _number(text: str) -> int:
    """Return a number as C writes it, 0 where it is none."""
    base = 16 if text[:2] in ("0x", "0X") else 8 if text[:1] == "0" else 10
    try:
        return int(text, base)
    except ValueError:
        return 0


def _radix(text: str) -> int:
    value = _number(text)
    if not 2 <= value <= 36:
        raise ValueError("a number from 2 to 36 expected")
    return value


def _printed_radix(text: str) -> int:
    value = _number(text)
    if value not in (8, 10, 16):
        raise ValueError("8, 10 or 16 expected")
    return value


LINES = Kind(_lines, str)
SWITCH = Kind(_switch, lambda value: "on" if value else "off", ("on", "off"))
COUNT = Kind(_count, lambda value: "unlimited" if value is None else str(value), ("unlimited",))


DEPTH = Kind(_depth, COUNT.show, ("unlimited",))


def _file(text: str) -> str:
    if not text:
        raise ValueError("the name of a file expected")
    return text


def one_of(*choices: str) -> Kind:
    """Return the kind of a setting that has one of a few words."""

    def parse(text: str) -> str:
        found = [choice for choice in choices if choice == text] or [
            choice for choice in choices if text and choice.startswith(text)
        ]
        if len(found) != 1:
            raise ValueError(f"one of {', '.join(choices)} expected")
        return found[0]

    return Kind(parse, str, choices)


def only(*texts: str, why: str) -> Kind:
    """Return the kind of gdb's settings that scripts change to what we do anyway; `why` refuses the rest."""

    def parse(text: str) -> str:
        if text not in texts:
            raise ValueError(f"{why}; it is always {texts[0]}")
        return texts[0]

    return Kind(parse, str, texts)


def _debuginfod(text: str) -> str:
    asked = bool(os.environ.get("DEBUGINFOD_URLS"))
    if text not in ("on", "off", "ask"):
        raise ValueError("on, off or ask expected")
    if text == "off" and asked:
        raise ValueError("DEBUGINFOD_URLS names servers: start trapline without it")
    return "on" if asked else "off"


UNHEEDED = Kind(lambda text: text, str)
"""What gdb's scripts say of things that are otherwise here, and that does no harm."""

_HISTORY = (
    "For gdb's scripts, and not heeded: the history is whole, in trapline/history under XDG_STATE_HOME."
)

_NEVER_PAGED = "output is never paged"
_AS_GDB = "values are written as gdb writes them by default"

STYLE = "style enabled"
WIDTH = "width"
LOGGING = "logging enabled"

DECLARATIONS = (
    Declaration("backtrace limit", COUNT, None, "Frames that `backtrace` prints at most."),
    Declaration("backtrace past-main", SWITCH, False, "Whether `backtrace` goes on beyond main."),
    Declaration("confirm", SWITCH, True, "Whether to ask before a program under debug is ended."),
    Declaration("context", LINES, 5, "Source lines around a stop on a terminal; 0 is the line alone, plain."),
    Declaration(
        "debuginfod enabled",
        Kind(_debuginfod, str, ("on", "off", "ask")),
        "off",
        "Whether servers are asked for debug information: where DEBUGINFOD_URLS names some.",
    ),
    Declaration("disable-randomization", SWITCH, True, "Whether programs get the same addresses every run."),
    Declaration(
        "disassemble-next-line",
        one_of("off", "on", "auto"),
        "off",
        "Whether stops show the next instruction; auto: where no line is known.",
    ),
    Declaration("disassembly-flavor", one_of("intel", "att"), "intel", "How instructions are written."),
    Declaration("editing-mode", one_of("emacs", "vi"), "emacs", "The keys of the prompt."),
    Declaration("follow-fork-mode", one_of("parent", "child"), "parent", "Who is debugged after a fork."),
    *(
        Declaration(f"history {name}", UNHEEDED, first, _HISTORY)
        for name, first in (
            ("expansion", "off"),
            ("filename", ""),
            ("remove-duplicates", "0"),
            ("size", "unlimited"),
        )
    ),
    Declaration(
        "input-radix",
        Kind(_radix, str),
        10,
        "What plain numbers in expressions are written to, 2 to 36; 0x10 and 010 are what they always are.",
    ),
    Declaration("listsize", COUNT, 10, "Source lines that `list` prints."),
    Declaration(
        "output-radix",
        Kind(_printed_radix, str, ("8", "10", "16")),
        10,
        "What whole numbers are printed to where no format is given: 8, 10 or 16.",
    ),
    Declaration("print address", SWITCH, True, "Whether addresses are shown in frames and values."),
    Declaration("print array", SWITCH, False, "Whether the elements of an array are printed a line each."),
    Declaration("print array-indexes", SWITCH, False, "Whether elements of arrays have their indexes."),
    Declaration("print elements", COUNT, 200, "Elements or characters of a value that are printed."),
    Declaration(
        "print entry-values",
        one_of("default", "no"),
        "default",
        "Whether frame lines say what an argument was at its function's entry (x=x@entry).",
    ),
    Declaration(
        "print frame-arguments",
        one_of("scalars", "all", "none", "presence"),
        "scalars",
        "Which arguments are written out in frame lines; presence says only that there are some.",
    ),
    Declaration(
        INFERIORS, SWITCH, True, "Whether forks and other programs are told; off with `--batch` and `--json`."
    ),
    Declaration("print max-depth", DEPTH, 20, "Depth of nested values that are printed."),
    Declaration(
        "print null-stop", SWITCH, False, "Whether a NUL ends what is shown of an array of characters."
    ),
    Declaration("print object", SWITCH, True, "Whether the real class of a C++ object is shown."),
    Declaration("print pretty", SWITCH, False, "Whether structures are printed a line a member."),
    Declaration("print repeats", COUNT, 10, "Equal elements in a row that are printed as one."),
    Declaration("print static-members", SWITCH, True, "Whether static members of classes are shown."),
    Declaration("print symbol", SWITCH, True, "Whether pointers to data have the symbol that they point to."),
    Declaration("print union", SWITCH, True, "Whether unions inside of structures are opened."),
    Declaration(
        THREADS, SWITCH, True, "Whether threads that come and go are told; off with `--batch` and `--json`."
    ),
    Declaration(
        "python print-stack",
        one_of("message", "none", "full"),
        "message",
        "For gdb's scripts, and not heeded: an exception in Python is one line with its place.",
    ),
    Declaration(
        "radix",
        Kind(_printed_radix, str, ("8", "10", "16")),
        10,
        "Sets input-radix and output-radix at once.",
        ("input-radix", "output-radix"),
    ),
    Declaration(
        LOGGING,
        SWITCH,
        False,
        "Whether what commands print, not what the program does, is written to `logging file` too.",
        ("logging",),
    ),
    Declaration("logging", SWITCH, False, "As logging enabled.", (LOGGING,)),
    Declaration("logging file", Kind(_file, str), "trapline.txt", "The file that logging writes to."),
    Declaration("logging overwrite", SWITCH, False, "Whether logging empties the file first."),
    Declaration("logging redirect", SWITCH, False, "Whether what is logged is printed nowhere else."),
    Declaration(
        "breakpoint pending",
        one_of("on", "auto", "off"),
        "auto",
        "Whether a location that nothing has yet is pending: off refuses it; auto asks nothing, it is on.",
    ),
    Declaration(
        "scheduler-locking",
        one_of("off", "on", "step", "replay"),
        "replay",
        "Whether the selected thread goes on alone: on, or step while it is stepped; replay is off.",
    ),
    Declaration(STYLE, SWITCH, True, "Whether a terminal gets colours; off with `--batch` and `--json`."),
    Declaration(
        WIDTH,
        Kind(_width, COUNT.show, ("terminal", "unlimited")),
        "terminal",
        "Columns at which a terminal's long lines are wrapped, by default as many as it has.",
    ),
    *(
        Declaration(name, only(*texts, why=why), texts[0], f"For gdb's scripts: {why}.")
        for name, texts, why in (
            ("auto-load safe-path", ("/",), "nothing is loaded from where a program or its sources are"),
            ("editing", ("on",), "a terminal's lines are edited, and with TERM=dumb none are"),
            ("detach-on-fork", ("on",), "one process is debugged at a prompt"),
            ("height", ("0", "unlimited"), _NEVER_PAGED),
            ("history save", ("on",), "the history is kept"),
            ("language", ("auto",), "expressions are in the language of the selected frame"),
            ("max-value-size", ("unlimited",), "values are read as far as they are shown"),
            ("non-stop", ("off",), "all threads stop when one does"),
            ("pagination", ("off",), _NEVER_PAGED),
            ("print asm-demangle", ("on", "off"), "names are demangled"),
            ("print finish", ("on",), "`finish` prints the value returned"),
            ("print frame-info", ("auto",), "frames are told with place and line"),
            ("print demangle", ("on",), "names are demangled"),
            ("print sevenbit-strings", ("off",), _AS_GDB),
            ("print vtbl", ("off",), _AS_GDB),
            ("startup-with-shell", ("off",), "no shell is between us and the program"),
            ("unwindonsignal", ("on",), "a call that meets another stop is undone"),
            ("verbose", ("off",), "there is nothing more to say"),
        )
    ),
)


class Settings:
    """The settings of one session; `settings["listsize"]` is a value of the setting's kind."""

    def __init__(self) -> None:
        self._declared = {one.name: one for one in DECLARATIONS}
        self._values: dict[str, Setting] = {one.name: one.default for one in DECLARATIONS}

    def __getitem__(self, name: str) -> Setting:
        return self._values[name]

    def __setitem__(self, name: str, value: Setting) -> None:
        self._values[name] = value

    def __iter__(self) -> Iterator[Declaration]:
        return iter(self._declared.values())

    def limit(self, name: str) -> int | None:
        """Return a count, None when it is unlimited."""
        value = self._values[name]
        assert value is None or isinstance(value, int)
        return value

    def number(self, name: str) -> int:
        """Return the value of a setting that is a number."""
        value = self._values[name]
        assert isinstance(value, int)
        return value

    def match(self, text: str) -> tuple[Declaration | None, str]:
        """Return the setting that a line begins with and the rest of the line; None when it is none.

        Every word may be shortened while only one setting fits; a whole name wins over longer ones.
        """
        words = text.split()
        for count in range(min(len(words), 3), 0, -1):
            found = [one for one in self if _fits(one.name.split(), words[:count])]
            exact = [one for one in found if one.name.split() == words[:count]]
            if len(exact or found) == 1:
                rest = text.split(None, count)
                return (exact or found)[0], rest[count] if len(rest) > count else ""
        return None, text

    def group(self, text: str) -> list[Declaration]:
        """Return the settings that begin with some words, each of which may be shortened: `print`, `pr`."""
        words = text.split()
        return [one for one in self if _fits(one.name.split()[: len(words)], words)]

    def assign(self, declared: Declaration, text: str) -> None:
        """Give a setting the value that a user wrote.

        Raises:
            CommandError: it is no value of that setting.
        """
        try:
            value = declared.kind.parse(text.strip())
        except ValueError as error:
            raise CommandError(f"set {declared.name}: {error}, not {text.strip()!r}") from None
        self._values |= dict.fromkeys(declared.changes, value)

    def options(self, group: str, text: str) -> tuple[str, list[tuple[Declaration, str]]]:
        """Return an expression, and the settings of a group that are written before it: `-pretty on -- x`.

        Raises:
            CommandError: `--` is missing behind them, or one is unknown.
        """
        words = re.match(r"((?:-[a-z][\w-]*\s+(?:[\w]+\s+)?)+)--(?:\s|$)", text)
        if words is None:
            return text.removeprefix("-- "), []
        found = []
        for name, value in re.findall(r"-([a-z][\w-]*)\s+(\w*)", words[1]):
            declared, rest = self.match(f"{group} {name}")
            if declared is None or rest:
                raise CommandError(f"no option -{name}; `show {group}` lists the settings")
            found.append((declared, value))
        return text[words.end() :].strip(), found

    @contextlib.contextmanager
    def changed(self, values: list[tuple[Declaration, str]]) -> Iterator[None]:
        """Have other values for some settings within a `with` block; what is set in it besides stays.

        Raises:
            CommandError: one of them is no value of its setting.
        """
        names = [name for declared, _ in values for name in declared.changes]
        before = {name: self._values[name] for name in names}
        try:
            for declared, text in values:
                self.assign(declared, text)
            yield
        finally:
            self._values |= before

    def shown(self, declared: Declaration) -> str:
        """Return a setting's value as `set` takes it."""
        return declared.kind.show(self._values[declared.name])


def _fits(name: list[str], words: list[str]) -> bool:
    return len(name) == len(words) and all(
        whole.startswith(word) for whole, word in zip(name, words, strict=True)
    )
