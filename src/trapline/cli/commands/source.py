"""The source: lines of it, and where they are in the program."""

from __future__ import annotations

import os

from trapline.base.errors import NoSource
from trapline.base.patterns import compiled
from trapline.base.typing import TYPE_CHECKING
from trapline.cli.locations import (
    Listing,
    at_hand,
    beginning,
    current_listing,
    here,
    line_meant,
    lines_meant,
    meant,
    now,
    without_quotes,
)
from trapline.cli.registry import CommandError, command
from trapline.cli.render import file
from trapline.cli.wrapping import Break

if TYPE_CHECKING:
    import trapline
    from trapline.base.location import Run
    from trapline.cli.session import Session
    from trapline.cli.wrapping import Part

TOPIC = "Source"
_BREAK = Break(3)


def _lines(session: Session) -> int:
    """Return how many lines one `list` prints; without a limit as many as any file has."""
    return session.settings.limit("listsize") or 1 << 30


@command("list [LOCATION...]", "l", topic=TOPIC, needs="inferior", goes_on=True)
def list_(session: Session, location: str) -> None:
    """Print lines of source (`set listsize`; ten): around where the program is, then those that follow.

    `list 12`, `list twelve.c:12` and `list main` print lines around that one, `list 5,9` those lines,
    `list 5,` from there, `list ,9` up to there, and `list -` those before the last ones. `list +2` and
    `list -3` count from the line behind those listed, or from where the program is.
    """
    text = location.strip()
    if text in ("", "+", "-"):
        _go_on(session, backwards=text == "-")
        return
    first_text, comma, last_text = (part.strip() for part in text.partition(","))
    if not comma:
        _around(session, first_text)
        return
    if not first_text and not last_text:
        raise CommandError("Two empty args do not say what lines to list.")
    if not first_text:
        last = line_meant(session, last_text)
        _print(session, last, last.line - _lines(session) + 1, last.line)
        return
    first = line_meant(session, first_text)
    if not last_text:
        _print(session, first, first.line, first.line + _lines(session) - 1)
        return
    last = line_meant(session, last_text, first)
    if last.path != first.path:
        raise CommandError("Specified first and last lines are in different files.")
    _print(session, first, first.line, last.line)


def _go_on(session: Session, *, backwards: bool) -> None:
    """List around where the program is now, or on from what was listed since it stopped there."""
    listing = current_listing(session)
    if listing is None:
        found = here(session)
        if found is not None:
            first = found.line - _lines(session) // 2
        else:
            found = beginning(session)
            first = max(max(found.line - _lines(session) + 1, 1) - _lines(session) // 2, 1)
        _print(session, found, first, first + _lines(session) - 1)
    elif not backwards:
        _print(session, listing.source, listing.following, listing.following + _lines(session) - 1)
    elif listing.first <= 1:
        raise CommandError(f"Already at the start of {listing.source.name}.")
    else:
        _print(session, listing.source, listing.first - _lines(session), listing.first - 1)


def _around(session: Session, text: str) -> None:
    """List around a location; where it has several, around each of them."""
    found = lines_meant(session, text)
    if text.startswith("*"):
        place = session.program.places(meant(session, text))[0]
        name = session.program.symbol(place.address)
        inside = f"in {name.name} " if name is not None else ""
        session.render.line(f"{place.address:#x} is {inside}({found[0].name}:{found[0].line}).")
    for source in found:
        if len(found) > 1:
            session.render.line(f'file: "{source.name}", line number: {source.line}')
        first = max(source.line - _lines(session) // 2, 1)
        _print(session, source, first, first + _lines(session) - 1)


def _print(session: Session, source: trapline.SourceLocation, first: int, last: int) -> None:
    first = max(first, 1)
    session.listing = listing = Listing(source, first, last, now(session))
    session.told = None
    if last < first:
        return
    try:
        lines = session.program.source(source.path).lines
    except NoSource as error:
        raise CommandError(f"{first}\t{missing(source, error)}.") from None
    warn_if_newer(session, source)
    if first > len(lines):
        listing.last, listing.following = first - 1, first
        raise CommandError(f"Line number {first} out of range; {source.name} has {len(lines)} lines.")
    listing.last = min(last, len(lines))
    listing.following = listing.last + 1
    session.render.source(source.path, lines, first, listing.last)


def missing(source: trapline.SourceLocation, error: NoSource) -> str:
    """Return why a source cannot be read, under the name that the program has for it."""
    others = ", ".join(one for one in error.tried if one != source.name)
    return f"{source.name}: {error.reason}" + (f" (also looked at {others})" if others else "")


def warn_if_newer(session: Session, source: trapline.SourceLocation) -> None:
    """Say once of each file that it was changed since the program was built."""
    if session.program.source_is_newer(source.path):
        session.render.error(f"warning: {source.name} is newer than the program; its lines may be others.")


@command("forward-search REGEXP...", "search", "fo", topic=TOPIC, needs="inferior")
def forward_search(session: Session, regexp: str) -> None:
    """Print the next line in which a regular expression is found, behind those listed last.

    Where the program has stopped since, behind its line; `list` then prints the lines around what is found.
    """
    listing, told = current_listing(session), here(session)
    last = listing.last if listing is not None else told.line if told is not None else 0
    _search(session, regexp, range(last + 1, 1 << 31))


@command("reverse-search REGEXP...", "rev", topic=TOPIC, needs="inferior")
def reverse_search(session: Session, regexp: str) -> None:
    """Print the line before those listed last, or before the program's, that has a regular expression."""
    listing = current_listing(session)
    first = listing.first if listing is not None else at_hand(session).line
    _search(session, regexp, range(first - 1, 0, -1))


def _search(session: Session, regexp: str, numbers: range) -> None:
    wanted = compiled(regexp)
    source = at_hand(session)
    try:
        lines = session.program.source(source.path).lines
    except NoSource as error:
        raise CommandError(f"{missing(source, error)}.") from None
    for number in numbers:
        if number > len(lines):
            break
        if wanted.search(lines[number - 1]):
            _print(session, source, number, number)
            if session.listing is not None:
                session.listing.following = max(number - _lines(session) // 2, 1)
            session.set_convenience("_", number)
            return
    raise CommandError("Expression not found")


# -- facts about lines -------------------------------------------------------------------------------


@command("info line [LOCATION...]", topic=TOPIC, needs="inferior", goes_on=True)
def info_line(session: Session, location: str) -> None:
    """Print where a line's code is; without LOCATION that of the line listed last, or of the frame."""
    text = location.strip()
    if not text:
        listing = current_listing(session)
        source = at_hand(session)
        _tell_line(session, source.at(listing.row if listing is not None else source.line))
        return
    if text.startswith("*"):
        where = session.address(text[1:])
        run = session.program.line_run(where)
        if run is None:
            described = session.program.describe(where)
            session.render.line(f"No line number information available for address {described}")
            return
        _tell_run(session, run)
        return
    for source, run in _runs_meant(session, text):
        _tell_line(session, source) if run is None else _tell_run(session, run)


def _runs_meant(session: Session, text: str) -> list[tuple[trapline.SourceLocation, Run | None]]:
    """Return the lines that a location names, of functions with the row that they begin with.

    A part of a function that the compiler has put elsewhere may have rows of the line at lower addresses.
    """
    if without_quotes(text).rpartition(":")[2].strip().isdigit():
        return [(source, None) for source in lines_meant(session, text)]
    places = session.program.places(meant(session, text), exact=True)
    found: dict[int, tuple[trapline.SourceLocation, Run | None]] = {}
    for place in places:
        run = session.program.line_run(place.address)
        if run is not None:
            found.setdefault(run.start, (run.source, run))
    if not found:
        raise CommandError(f"No line number known for {text}.")
    return list(found.values())


def _tell_line(session: Session, source: trapline.SourceLocation) -> None:
    row = session.program.line_row(source.path, source.line, source.name)
    if row is None:
        session.render.line(f'Line number {source.line} is out of range for "{source.name}".')
        return
    if row.source.line == source.line:
        _tell_run(session, row)
    else:
        where = session.program.describe(row.start)
        session.point_at(row.start)
        session.render.line(*_line_of(source), f"is at address {where} ", _BREAK, "but contains no code.")
    if session.listing is not None:
        session.listing.row = source.line + 1


def _tell_run(session: Session, run: Run) -> None:
    describe = session.program.describe
    session.point_at(run.start)
    session.render.line(
        *_line_of(run.source),
        f"starts at address {describe(run.start)} ",
        _BREAK,
        f"and ends at {describe(run.end)}.",
    )


def _line_of(source: trapline.SourceLocation) -> list[Part]:
    """Return `Line 3 of "twelve.c" `, behind which a terminal may end its line."""
    return [f'Line {source.line} of "', file(source.name), '" ', _BREAK]


@command("edit [LOCATION...]", topic=TOPIC, needs="inferior")
def edit(session: Session, location: str) -> None:
    """Open the editor ($EDITOR, else vi) at a location, or at the line that `list` would begin with."""
    import shlex

    editor = os.environ.get("EDITOR")
    if editor is None and not session.prompt.is_terminal:
        raise CommandError("edit needs a terminal, or an editor that needs none in $EDITOR")
    from trapline.cli.commands.environment import shell

    source = line_meant(session, location.strip()) if location.strip() else at_hand(session)
    path = session.program.source(source.path).path
    shell(session, f"{editor or 'vi'} +{source.line} {shlex.quote(path)}")


@command("info source", topic=TOPIC, needs="inferior")
def info_source(session: Session) -> None:
    """Print facts about the source file at hand: where it is, and how it was compiled."""
    if here(session) is None and session.listing is None:
        session.render.line("No current source file.")
        return
    source = at_hand(session)
    line = session.render.line
    line(f"Current source file is {source.name}")
    compiled = session.program.compilation(source.path)
    if compiled is not None:
        line(f"Compilation directory is {compiled.directory}")
    try:
        text = session.program.source(source.path)
        line(f"Located in {text.path}")
        line(f"Contains {len(text.lines)} line{'' if len(text.lines) == 1 else 's'}.")
    except NoSource as error:
        line(f"{missing(source, error)}.")
    if compiled is not None:
        line(f"Source language is {compiled.language}.")
        line(f"Producer is {compiled.producer}.")
        line(f"Compiled with DWARF {compiled.version} debugging format.")
        line(f"{'Includes' if compiled.has_macros else 'Does not include'} preprocessor macro info.")
