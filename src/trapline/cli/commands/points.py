"""Break-, watch- and catchpoints that there are: by number, switched, deleted, narrowed."""

from __future__ import annotations

import re

import trapline
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING, TypeAlias
from trapline.cli import number_lists
from trapline.cli.lines import block
from trapline.cli.locations import meant
from trapline.cli.registry import CommandError, command

if TYPE_CHECKING:
    from collections.abc import Callable

    from trapline.cli.session import Session

TOPIC = "Breakpoints"

Point: TypeAlias = "trapline.Breakpoint | trapline.Watchpoint | trapline.Catchpoint"
_KIND = re.compile(r"(once|delete|count)(?:\s+|$)")


class Named(NamedTuple):
    """What a number of a list means: a point, and one of its locations (0: all of it)."""

    point: Point
    location: int


def points(session: Session) -> list[Point]:
    """Return all break-, watch- and catchpoints by number."""
    inferior = session.program
    found: list[Point] = [*inferior.breakpoints, *inferior.watchpoints, *inferior.catchpoints]
    return sorted(found, key=lambda one: one.id)


def point(session: Session, text: str) -> Point:
    """Return one by its number, which may be a `$variable`.

    Raises:
        CommandError: there is none.
    """
    wanted = number_lists.number(session, text)
    for one in points(session):
        if one.id == wanted:
            return one
    raise CommandError(f"No breakpoint number {wanted}.")


def named(session: Session, text: str) -> list[Named]:
    """Return what `1 3 5-7 2.1 4.1-3` names; all when nothing is named.

    Raises:
        CommandError: a number, or a location, is not there.
    """
    if not text:
        return [Named(one, 0) for one in points(session)]
    found: list[Named] = []
    for word in text.split():
        number, dot, places = word.partition(".")
        if dot:
            one = point(session, number)
            found += [Named(one, place) for place in _places(session, one, places)]
        elif "-" in word:
            low, high = number_lists.span(session, word)
            found += [Named(one, 0) for one in points(session) if low <= one.id <= high]
        else:
            found.append(Named(point(session, word), 0))
    return found


def _places(session: Session, one: Point, text: str) -> list[int]:
    """Return the numbers of the locations that `2` or `1-3` means."""
    if not isinstance(one, trapline.Breakpoint):
        raise CommandError(f"{one.id} is no breakpoint; only those have locations")
    low, high = number_lists.span(session, text)
    if low < 1 or high > len(one.addresses):
        raise CommandError(f"Bad breakpoint location number '{low if low < 1 else high}'")
    return list(range(low, high + 1))


def whole(session: Session, text: str) -> list[Point]:
    """Return what numbers name, each a whole point.

    Raises:
        CommandError: as `named`, or one is a location.
    """
    found = named(session, text)
    if any(one.location for one in found):
        raise CommandError(f"{text}: a location can be enabled and disabled, nothing else")
    return [one.point for one in found]


def _numbers(text: str) -> str:
    """Return what is behind the word `breakpoints`, which gdb's `delete`, `enable` and `disable` may have.

    It may be shortened, as in `delete br 3`.
    """
    word, _, rest = text.strip().partition(" ")
    return rest.strip() if word and "breakpoints".startswith(word) else text.strip()


@command("delete [NUMBERS...]", "d", "del", topic=TOPIC, needs="inferior")
def delete(session: Session, numbers: str) -> None:
    """Delete break-, watch- and catchpoints by number (`1 3 5-7`); all without any, which is asked first."""
    text = _numbers(numbers)
    wanted = whole(session, text)
    if text or not wanted or session.agrees("Delete all breakpoints?"):
        for one in wanted:
            one.delete()


@command("clear [LOCATION...]", topic=TOPIC, needs="inferior")
def clear(session: Session, location: str) -> None:
    """Delete the breakpoints at a location; without LOCATION those at the line where the program is.

    A line means every breakpoint on it, a function those at its beginning.
    """
    inferior = session.program
    places = inferior.places(meant(session, location) if location else session.process.frame.pc)
    addresses = {place.address for place in places}
    frame_line = session.process.frame.location if not location else None
    is_line = frame_line is not None or re.search(r"(^|:)\d+$", location) is not None
    lines = {(place.source.path, place.source.line) for place in places if place.source is not None}
    gone = [
        one
        for one in inferior.breakpoints
        if any(
            place.address in addresses
            or (is_line and place.source is not None and (place.source.path, place.source.line) in lines)
            for place in one.locations
        )
    ]
    if not gone:
        raise CommandError(f"No breakpoint at {location or 'this line'}.")
    for one in gone:
        one.delete()
    names = " ".join(str(one.id) for one in gone)
    session.render.line(f"Deleted breakpoint{'s' if len(gone) > 1 else ''} {names}")


@command("enable [NUMBERS...]", "en", topic=TOPIC, needs="inferior")
def enable(session: Session, numbers: str) -> None:
    """Put break-, watch- and catchpoints in force again, or one location (`1.2`); all when none is given.

    `enable once NUMBERS` disables a breakpoint again when it stops the program, `enable count N NUMBERS`
    after N stops, `enable delete NUMBERS` deletes it then.
    """
    text = _numbers(numbers)
    kind = _KIND.match(text)
    if kind is not None:
        _enable_for_now(session, kind[1], text[kind.end() :])
        return
    for one in named(session, text):
        _switch(one, on=True)


def _enable_for_now(session: Session, kind: str, text: str) -> None:
    stops = 1
    if kind == "count":
        word, _, text = text.partition(" ")
        stops = session.count(word, "COUNT") if word else 0
    if not text.strip():
        raise CommandError(
            f"enable {kind} needs breakpoint numbers; usage: `enable once 1`, `enable count 3 1`"
        )
    for one in whole(session, text):
        if not isinstance(one, trapline.Breakpoint):
            raise CommandError(f"{one.id} is no breakpoint; only those can be enabled for some stops")
        if kind == "delete":
            one.enable()
            one.temporary = True
        else:
            one.enable_for(stops)


@command("disable [NUMBERS...]", "dis", "disa", topic=TOPIC, needs="inferior")
def disable(session: Session, numbers: str) -> None:
    """Take break-, watch- and catchpoints out of force without forgetting them; all when none is given.

    `1.2` is the second location of breakpoint 1; the others stay in force.
    """
    for one in named(session, _numbers(numbers)):
        _switch(one, on=False)


def _switch(one: Named, *, on: bool) -> None:
    if one.location and isinstance(one.point, trapline.Breakpoint):
        change: Callable[[int], None] = one.point.enable_location if on else one.point.disable_location
        change(one.location)
    elif on:
        one.point.enable()
    else:
        one.point.disable()


def will_ignore(number: int, one: Point) -> str:
    """Return what is said of an ignore count of 1 or more."""
    crossings = f"{number} crossings" if number > 1 else "crossing"
    return f"Will ignore next {crossings} of breakpoint {one.id}."


@command("ignore BREAKPOINT COUNT", topic=TOPIC, needs="inferior")
def ignore(session: Session, breakpoint: str, count: str) -> None:
    """Let the next COUNT hits of a break-, watch- or catchpoint go by, counted only."""
    one = point(session, breakpoint)
    number = session.count(count, "COUNT", least=0)
    one.ignore_count = number
    if number:
        session.render.line(will_ignore(number, one))
    else:
        session.render.line(f"Will stop next time breakpoint {one.id} is reached.")


@command("commands [NUMBERS...]", topic=TOPIC, needs="inferior")
def commands(session: Session, numbers: str) -> None:
    """Say what is done whenever a break-, watch- or catchpoint stops the program; the last one's by default.

    The commands follow, one a line, up to `end`; none takes away what was said before. `silent` as the first
    keeps the stop from being told. A command that resumes the program is the last: what stops it next has
    commands of its own.
    """
    import textwrap

    known = points(session)
    if not known:
        raise CommandError("No breakpoints specified.")
    wanted = whole(session, numbers) if numbers else known[-1:]
    if session.prompt.is_terminal and not session.sourcing:
        names = ", ".join(str(one.id) for one in wanted)
        session.render.line(f"Type commands for breakpoint(s) {names}, one per line.")
        session.render.line('End with a line saying just "end".')
    lines = textwrap.dedent("\n".join(block(session, "commands"))).splitlines()
    for one in wanted:
        if lines:
            session.scripts.lines[one.id] = lines
        else:
            session.scripts.lines.pop(one.id, None)


@command("condition BREAKPOINT [EXPRESSION...]", "cond", topic=TOPIC, needs="inferior", options=("-hit",))
def condition(session: Session, breakpoint: str, expression: str) -> None:
    """Stop at a break-, watch- or catchpoint only where EXPRESSION is true; always, when none is given.

    `condition -hit BREAKPOINT RULE` is about the number of the hit instead: `>= 3`, `== 5`, `!= 1`, `< 4`
    or `% 10` (every tenth); without RULE each hit counts again.
    """
    if breakpoint == "-hit":
        _hit_condition(session, expression)
        return
    one = point(session, breakpoint)
    one.condition = expression or None
    if not expression:
        session.render.line(f"Breakpoint {one.id} now unconditional.")


def _hit_condition(session: Session, text: str) -> None:
    number, _, rule = text.partition(" ")
    if not number:
        raise CommandError("condition -hit needs BREAKPOINT; usage: condition -hit BREAKPOINT [RULE]")
    one = point(session, number)
    if not isinstance(one, trapline.Breakpoint):
        raise CommandError(f"{number} is no breakpoint; only those have rules about hits")
    one.hit_condition = rule.strip() or None
    if one.hit_condition is None:
        session.render.line(f"Breakpoint {one.id} now stops at each hit.")
