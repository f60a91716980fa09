"""Locations as they are written at the prompt: what a line alone, `+3` and `*EXPRESSION` mean there.

The library is asked about whole locations; which file is at hand is what was listed or told last.
"""

from __future__ import annotations

import re

from trapline.base.errors import DebuggerError
from trapline.base.typing import TYPE_CHECKING
from trapline.cli.registry import CommandError

if TYPE_CHECKING:
    import trapline
    from trapline.cli.session import Session

_OFFSET = re.compile(r"[+-]\s*[0-9]{1,9}")


class Listing:
    """What was listed last: `first` to `last` of the file at `source`, and where the program was then.

    `following` is the line that `list` goes on with, which is one among them behind a search.
    """

    __slots__ = ("first", "following", "last", "row", "source", "when")

    def __init__(self, source: trapline.SourceLocation, first: int, last: int, when: object) -> None:
        self.source = source
        self.first = first
        self.last = last
        self.following = last + 1
        self.when = when
        self.row = first
        """The line that `info line` without an argument is about."""


# -- what is at hand ---------------------------------------------------------------------------------


def now(session: Session) -> object:
    """Return what changes when the program stops elsewhere or another frame is selected."""
    if not session.is_alive:
        return None
    inferior = session.process
    try:
        frame = inferior.frame
    except DebuggerError:
        return None  # it is running
    return inferior.thread.tid, frame.level, frame.pc, id(inferior.stop)


def here(session: Session) -> trapline.SourceLocation | None:
    """Return the line where the program is, or was told to be when it has ended; None where none is known."""
    if not session.is_alive:
        return session.told
    try:
        return session.process.frame.location
    except DebuggerError:
        return None  # it is running


def current_listing(session: Session) -> Listing | None:
    """Return what was listed last, None where the program has come to another line since."""
    listing = session.listing
    is_old = listing is None or listing.when != now(session) or (not session.is_alive and session.told)
    return None if is_old and here(session) is not None else listing


def at_hand(session: Session) -> trapline.SourceLocation:
    """Return what a line number alone is in: the file listed last, or that of the selected frame.

    Raises:
        CommandError: no file is at hand.
    """
    listing = current_listing(session)
    return listing.source if listing is not None else here(session) or beginning(session)


def beginning(session: Session) -> trapline.SourceLocation:
    """Return the line that a session begins at: the body of main.

    Raises:
        CommandError: it has none.
    """
    try:
        source = session.program.places(session.main_name)[0].source
    except DebuggerError:
        source = None
    if source is None:
        raise CommandError("No source is at hand: the program has no line information for main.")
    return source


def _counted_from(session: Session) -> trapline.SourceLocation:
    """Return the line that `list +2` counts from: the one behind those listed, or where the program is."""
    listing = current_listing(session)
    if listing is not None:
        return listing.source.at(listing.following)
    found = here(session)
    if found is not None:
        return found
    start = beginning(session)
    return start.at(max(start.line - (session.settings.limit("listsize") or start.line) + 1, 1))


# -- locations of the library ------------------------------------------------------------------------


def meant(session: Session, text: str, *, in_frame: bool = False) -> str | int:
    """Return what the library is given for a location as it is written at the prompt.

    Args:
        session: what is at hand.
        text: as `break` takes it.
        in_frame: a line number alone is in the file of the selected frame, whatever was listed.

    Raises:
        CommandError: it means nothing here.
    """
    if text.startswith("-") and text[1:2].isalpha():
        text = _explicit(text)
    if text.startswith("*"):
        # The library reads plain addresses and names only behind the star.
        return session.address(text[1:])
    if text.isascii() and text.isdigit():
        source = (here(session) if in_frame else None) or at_hand(session)
        return f"{source.path}:{text}"
    if _OFFSET.fullmatch(text):
        base = here(session) or _counted_from(session)
        source = _moved(base, text)
        if source.line < 1:
            raise CommandError(f"{text}: {source.name} has no line {source.line}")
        return f"{source.path}:{source.line}"
    return text


def _moved(base: trapline.SourceLocation, text: str) -> trapline.SourceLocation:
    """Return the line that `+3` or `-2` means, counted from another."""
    return base.at(base.line + int(text.replace(" ", "")))


def _explicit(text: str) -> str:
    """Return the location that gdb's options say: `-source FILE -line N`, `-function NAME`, `-line N`.

    Raises:
        CommandError: it is none of these.
    """
    words = text.split()
    while words and "-qualified".startswith(words[0]) and len(words[0]) > 1:
        del words[0]  # a name is whole here anyway
    if words and not words[0].startswith("-"):
        return " ".join(words)
    found: dict[str, str] = {}
    for option, value in zip(words[::2], words[1::2], strict=False):
        names = [name for name in ("-source", "-function", "-line") if name.startswith(option)]
        if len(names) != 1 or len(option) < 2:
            break
        found[names[0]] = value
    place = found.get("-function") or found.get("-line")
    if place is None or len(words) != 2 * len(found) or ("-function" in found and "-line" in found):
        raise CommandError(f"{text}: options are -source FILE, and -function NAME or -line NUMBER")
    return f"{found['-source']}:{place}" if "-source" in found else place


# -- lines of source, with code or without -----------------------------------------------------------


def without_quotes(text: str) -> str:
    """Return `a.c:12` of a location that is quoted as a whole, any other as it is."""
    return text[1:-1] if text[:1] in ("'", '"') and text.find(text[0], 1) == len(text) - 1 else text


def lines_meant(
    session: Session, text: str, base: trapline.SourceLocation | None = None
) -> list[trapline.SourceLocation]:
    """Return the source lines that a location names, whether or not they have code.

    Args:
        session: what is at hand.
        text: as `list` takes it.
        base: what a number alone is in, and `+2` counts from; None: what is at hand.

    Raises:
        DebuggerError: it names none.
    """
    if _OFFSET.fullmatch(text):
        return [_moved(base or _counted_from(session), text)]
    inferior = session.program
    name, colon, number = without_quotes(text).rpartition(":")
    name = name.strip("'\"")
    if text.isascii() and text.isdigit():
        name, colon, number = (base or at_hand(session)).path, ":", text
    if colon and number.isascii() and number.isdigit() and not name.endswith(":"):
        found = inferior.source_files(name)
        if not found:
            raise CommandError(f"No source file named {name}.")
        return [one.at(int(number)) for one in found]
    places = inferior.places(meant(session, text), exact=True)
    lines = list(dict.fromkeys(place.source for place in places if place.source is not None))
    if not lines:
        raise CommandError(f"No line number known for {text}.")
    return lines


def line_meant(
    session: Session, text: str, base: trapline.SourceLocation | None = None
) -> trapline.SourceLocation:
    """Return the one source line that a location names; see `lines_meant`.

    Raises:
        DebuggerError: it names none, or several.
    """
    found = lines_meant(session, text, base)
    if len(found) > 1:
        names = ", ".join(str(one) for one in found)
        raise CommandError(f"{text} is ambiguous: {names}")
    return found[0]
