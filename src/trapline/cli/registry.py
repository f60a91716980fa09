"""One declaration a command: its names, its arguments, its help and its page of the reference.

    @command("ignore BREAKPOINT COUNT", topic="Breakpoints")
    def ignore(session, breakpoint, count):
        '''Let the next COUNT passes of a breakpoint go by.'''

The lower-case words are the name (`info proc mappings`); the capitals are arguments in order, `[COUNT]`
one that may be left out (None), `TEXT...` the rest of the line as it was written ("" when left out).
"""

from __future__ import annotations

from collections.abc import Callable

from trapline.base.errors import UsageError
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trapline.cli.session import Session

GDB_LETTERS = {
    "b": "break", "c": "continue", "d": "delete", "f": "frame", "h": "help", "i": "info", "l": "list",
    "inf": "info", "n": "next", "p": "print", "q": "quit", "r": "run", "s": "step", "u": "until", "x": "x",
}  # fmt: skip
"""gdb's one-letter names and another short one, which win over every longer name that begins with them."""


DECIDING = ("if", "else", "while", "define", "document", "end")
"""What gdb's own scripts are made of."""
_SPELLED_OUT = ("set", "show", "unset")
"""Groups whose further words are not shortened, because an expression or a setting may stand there too."""

STARTING = ("run", "start", "starti")
"""Commands that lose what the program has come to: they are done again only when they are written again."""


class CommandError(UsageError):
    """A command that cannot be done as it was written; `str()` is one clear line."""


def no_language(word: str) -> CommandError:
    """Return the error for a word of `DECIDING`."""
    return CommandError(
        f"{word!r} is no command: scripts that decide are Python, behind `python` or in .py files"
    )


class Parameter(NamedTuple):
    """One argument: `rest` takes the remainder of the line."""

    name: str
    optional: bool
    rest: bool


class Command:
    """A command as declared.

    `needs` is "process" (a live one), "inferior" (one that may have ended) or "" (nothing); `formats`
    says that a `/FORMAT` may follow the name; `repeats` that Enter does it again, and
    `goes_on` that it does so without arguments, from where the last one ended.  `options` are what may
    stand before or among the arguments with a dash, for Tab; `verbatim`: spaces at the end mean something.
    """

    __slots__ = (
        "aliases",
        "formats",
        "function",
        "goes_on",
        "name",
        "needs",
        "options",
        "parameters",
        "repeats",
        "topic",
        "usage",
        "verbatim",
    )

    def __init__(
        self,
        function: Callable[..., None],
        usage: str,
        aliases: tuple[str, ...],
        topic: str,
        needs: str,
        formats: bool,
        repeats: bool,
        goes_on: bool,
        options: tuple[str, ...],
        verbatim: bool,
    ) -> None:
        words = usage.split()
        self.function = function
        self.usage = usage
        self.name = " ".join(word for word in words if word.islower())
        self.aliases = aliases
        self.topic = topic
        self.needs = needs
        self.formats = formats
        self.repeats = repeats or goes_on
        self.goes_on = goes_on
        self.options = options
        self.verbatim = verbatim
        self.parameters = tuple(
            Parameter(word.strip("[].").lower(), word.startswith("["), "..." in word)
            for word in words
            if not word.islower()
        )

    @property
    def help(self) -> str:
        """The whole docstring, without its indentation."""
        first, _, rest = (self.function.__doc__ or "").strip().partition("\n")
        return "\n".join([first, *(line.removeprefix("    ") for line in rest.splitlines())]).strip()

    @property
    def summary(self) -> str:
        """The docstring's first line, without its full stop."""
        return self.help.partition("\n")[0].rstrip(".")

    @property
    def shown_usage(self) -> str:
        """How it is written, the format included."""
        if not self.formats:
            return self.usage
        name, _, rest = self.usage.partition(" ")
        return f"{name}[/FORMAT] {rest}"

    def arguments(self, text: str) -> dict[str, str | None]:
        """Return the arguments by name.

        Raises:
            CommandError: one is missing, or there are too many.
        """
        found: dict[str, str | None] = {}
        rest = text.lstrip() if self.verbatim else text.strip()
        for parameter in self.parameters:
            if parameter.rest:
                value, rest = rest, ""
            else:
                value, _, rest = rest.partition(" ")
                rest = rest.strip()
            if not value and not parameter.optional:
                raise CommandError(f"{self.name} needs {parameter.name.upper()}; usage: {self.shown_usage}")
            found[parameter.name] = value if value or parameter.rest else None
        if rest:
            raise CommandError(f"{self.name} does not take {rest!r}; usage: {self.shown_usage}")
        return found


_commands: dict[str, Command] = {}
_aliases: dict[str, str] = {}


def command(
    usage: str,
    *aliases: str,
    topic: str,
    needs: str = "process",
    formats: bool = False,
    repeats: bool = False,
    goes_on: bool = False,
    options: tuple[str, ...] = (),
    verbatim: bool = False,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a command; see the module's docstring for `usage`."""

    def declare(function: Callable[..., None]) -> Callable[..., None]:
        one = Command(function, usage, aliases, topic, needs, formats, repeats, goes_on, options, verbatim)
        known = _commands.get(one.name)
        # A room whose import Ctrl-C broke off declares its commands again.
        assert known is None or known.function.__module__ == function.__module__, f"{one.name} in two rooms"
        _commands[one.name] = one
        _aliases.update(dict.fromkeys(aliases, one.name))
        return function

    return declare


def commands() -> list[Command]:
    """Return every command, sorted by name."""
    _load()
    return [_commands[name] for name in sorted(_commands)]


def _load() -> None:
    """Import the rooms of commands, which declare themselves."""
    import trapline.cli.commands

    trapline.cli.commands.load()


def _load_for(line: str) -> None:
    """Import the room of the command that a line begins with, or all of them where that is not known."""
    from trapline.cli import commands

    word, rest = _first_word(line.strip())
    name = word.partition("/")[0]
    if name == "info":
        name = f"info {rest.partition(' ')[0]}"
    if not commands.load_for(name):
        commands.load()


class Match(NamedTuple):
    """What a line asks for: the command, its `/FORMAT` or "", and the text behind the name."""

    command: Command
    form: str
    text: str


def resolve(line: str) -> Match:
    """Return the command that a line means.

    An exact name, then gdb's one-letter names, then aliases, then any prefix that only one has.

    Raises:
        CommandError: unknown (near names are listed) or ambiguous (candidates are listed).
    """
    _load_for(line)
    name, rest = "", line.strip()
    while True:
        word, rest = _first_word(rest)
        word, slash, form = word.partition("/")
        name = _complete(name, word)
        if not _is_group(name) or (name in _commands and _unknown_child(name, rest)):
            break
        if not rest:
            raise CommandError(f"{name} needs one of: {_listed(name)}")
    found = _commands[name]
    if found.formats and not slash and rest.startswith("/"):
        slash, (form, rest) = "/", _first_word(rest[1:])  # `print /x 5`
    if slash and not found.formats:
        raise CommandError(f"{name} takes no /FORMAT; usage: {found.shown_usage}")
    return Match(found, form, rest)


class Words(NamedTuple):
    """What can end a line in the midst of a command's name: the next words of a group, "" for the top.

    `command` is that of the group itself, whose arguments may stand there as well.
    """

    group: str
    names: list[str]
    command: Command | None


def completions(line: str) -> Words | None:
    """Return the words that can end a line which ends in the midst of a command's name; None behind it."""
    _load()
    group = ""
    *words, last = line.split(" ") if line else [""]
    for word in words:
        if not word:
            continue
        try:
            group = _complete(group, word.partition("/")[0])
        except CommandError:
            # What is no further word of a group may be an argument of the command that it is as well.
            return None if group in _commands else Words(group, [], None)
        if not _is_group(group):
            return None
    found = [name for name in _children(group) if name.startswith(last)]
    return Words(group, found, _commands.get(group))


def is_taken(name: str) -> bool:
    """Whether a name is that of a command, a group or an alias of ours, written out."""
    _load()
    return name in GDB_LETTERS or name in _children("")


def group_named(text: str) -> str:
    """Return the group, such as "info", that a text names without a further word; "" when none."""
    _load()
    word, rest = _first_word(text)
    name = _complete("", word)
    return name if not rest and name not in _commands and _is_group(name) else ""


def _first_word(text: str) -> tuple[str, str]:
    """Split a line behind its first name; `x/8xg`, `p$rax` and `!ls` need no space."""
    end = 0
    while end < len(text) and (text[end].isalnum() or text[end] in "-_/"):
        end += 1
    if "/" in text[:end]:
        return text[:end], text[end:].strip()
    return text[: end or 1], text[end or 1 :].strip()


def _children(group: str) -> list[str]:
    """Return the next words of the commands in a group; "" is the top."""
    depth = len(group.split())
    prefix = f"{group} " if group else ""
    return sorted({name.split()[depth] for name in [*_commands, *_aliases] if name.startswith(prefix)})


def _listed(group: str) -> str:
    """Return the next words of a group's commands, without their aliases."""
    return ", ".join(
        dict.fromkeys(name.split()[1] for name in sorted(_commands) if name.startswith(f"{group} "))
    )


def _is_group(name: str) -> bool:
    return any(known.startswith(name + " ") for known in _commands)


def _unknown_child(group: str, rest: str) -> bool:
    """Whether what follows a group that is a command too is its argument rather than a subcommand."""
    word = _first_word(rest)[0]
    if group in _SPELLED_OUT:
        return word not in _children(group)
    return not word or not any(child.startswith(word) for child in _children(group))


def _complete(group: str, word: str) -> str:
    """Return the whole name of a word in a group."""
    known = _children(group)
    prefix = f"{group} " if group else ""
    if not group:
        if word in GDB_LETTERS:
            return GDB_LETTERS[word]
    if word in known:
        return _aliases.get(prefix + word, prefix + word)
    from trapline.cli.absent import REASONS

    if prefix + word in REASONS:
        raise CommandError(f"{prefix}{word}: {REASONS[prefix + word]}")
    found = {_aliases.get(prefix + name, prefix + name) for name in known if word and name.startswith(word)}
    if len(found) == 1:
        return found.pop()
    if found:
        raise CommandError(f"ambiguous: {prefix}{word} could be {', '.join(sorted(found))}")
    if not group and word in DECIDING:
        raise no_language(word)
    import difflib

    near = difflib.get_close_matches(word, [name for name in known if len(name) > 2], 3)
    if near:
        hint = f"; near: {', '.join(prefix + name for name in near)}"
    else:
        hint = f"; {group} has: {_listed(group)}" if group else "; `help` lists the commands"
    raise CommandError(f"unknown command {prefix + word!r}{hint}")


def spelled_out(session: Session, line: str) -> str:
    """Return a line with what the user's own name at its beginning stands for."""
    if not session.aliases:
        return line
    word, _ = _first_word(line.strip())
    name, slash, form = word.partition("/")
    if name not in session.aliases:
        return line
    return f"{session.aliases[name]}{slash}{form} {line.strip()[len(word) :]}".rstrip()


def run(session: Session, line: str) -> Command:
    """Run one line and return its command.

    Raises:
        DebuggerError: what went wrong, one clear line.
    """
    if "\0" in line:
        # Neither names nor files have one, and who is given one says so in ways of its own.
        raise CommandError(
            f"a command has no NUL byte, and this line has one behind {line.partition(chr(0))[0]!r}"
        )
    match = resolve(spelled_out(session, line))
    one = match.command
    spaces = line[len(line.rstrip(" ")) :] if one.verbatim else ""
    values: dict[str, Any] = one.arguments(match.text + spaces)
    if one.formats:
        values["form"] = match.form
    session.require(one.needs)
    one.function(session, **values)
    return one
