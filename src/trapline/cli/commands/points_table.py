"""`info breakpoints`: the table of break-, watch- and catchpoints, in gdb's form.

Source: gdb 13, print_one_breakpoint_location.
"""

from __future__ import annotations

import trapline
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING
from trapline.cli import thread_ids
from trapline.cli.commands.points import TOPIC, Point, points, whole
from trapline.cli.registry import CommandError, command
from trapline.cli.render import file, function
from trapline.cli.stops import BY_PATTERN, LIBRARY_EVENTS, catch_names, watch_text
from trapline.cli.wrapping import Break

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trapline.cli.session import Session
    from trapline.cli.wrapping import Part


@command("info breakpoints [NUMBERS...]", "info b", topic=TOPIC, needs="")
def info_breakpoints(session: Session, numbers: str) -> None:
    """List break-, watch- and catchpoints: where they are, whether in force, how often hit.

    NUMBERS (`1 3 5-7`) are those to list; all when none is given.
    """
    _tell(session, _known(session, numbers), "No breakpoints or watchpoints.")


@command("info watchpoints [NUMBERS...]", topic=TOPIC, needs="")
def info_watchpoints(session: Session, numbers: str) -> None:
    """List watchpoints, or those of NUMBERS."""
    known = [one for one in _known(session, numbers) if isinstance(one, trapline.Watchpoint)]
    _tell(session, known, "No watchpoints.")


def _known(session: Session, numbers: str) -> list[Point]:
    if session.inferior is None:
        if numbers:
            raise CommandError(f"No breakpoint or watchpoint matching {numbers!r}.")
        return []
    return whole(session, numbers) if numbers else points(session)


def _tell(session: Session, known: Sequence[Point], none: str) -> None:
    session.note(breakpoints=known)
    if not known:
        session.render.line(none)
        return
    columns = _Columns(
        max(14, *(len(_type(session, one)) for one in known)),
        18 if any(_has_address(one) for one in known) else 10,
    )
    session.render.line(*columns.row("Num", "Type", "Disp", "Enb", "Address", ["What"]))
    for one in known:
        if isinstance(one, trapline.Watchpoint):
            _tell_watchpoint(session, columns, one)
        elif isinstance(one, trapline.Catchpoint):
            _tell_catchpoint(session, columns, one)
        else:
            _tell_breakpoint(session, columns, one)
        for line in session.scripts.lines.get(one.id, ()):
            session.render.line(f"        {line}")
        if isinstance(one, trapline.Breakpoint):
            for place in one.locations:
                _tell_place(session, columns, one, place)
                session.point_at(place.address)


class _Columns(NamedTuple):
    """How wide the columns are that depend on what is listed."""

    type: int
    address: int

    @property
    def last(self) -> int:
        """Where the last column begins."""
        return self.type + self.address + 19

    def row(
        self, number: str, kind: str, kept: str, enabled: str, where: str, what: Sequence[Part]
    ) -> Sequence[Part]:
        """Return a line of the table."""
        cells = f"{number:<7} {kind:<{self.type}} {kept:<4} {enabled:<3} {where:<{self.address}} "
        return (cells, *what) if what else (cells.rstrip(),)


def _type(session: Session, one: Point) -> str:
    """Return what a point is, in the words of the column."""
    if isinstance(one, trapline.Catchpoint):
        return "catchpoint"
    if isinstance(one, trapline.Watchpoint):
        kinds = {"write": "hw watchpoint", "read": "read watchpoint", "read_write": "acc watchpoint"}
        return kinds[one.access] if one.is_hardware else "watchpoint"
    if one.id in session.scripts.printed:
        return "dprintf"
    return "logpoint" if one.log is not None else "hw breakpoint" if one.hardware else "breakpoint"


def _has_address(one: Point) -> bool:
    """Whether a point is at places, or might be: only those that the kernel tells of are nowhere."""
    if isinstance(one, trapline.Catchpoint):
        return one.kind in BY_PATTERN and one.kind not in LIBRARY_EVENTS
    return isinstance(one, trapline.Watchpoint) or bool(one.locations)


def _row(
    session: Session, columns: _Columns, one: Point, where: str, what: Sequence[Part], kept: str = "keep"
) -> None:
    enabled = "y" if one.enabled else "n"
    session.render.line(*columns.row(str(one.id), _type(session, one), kept, enabled, where, what))


def _note(session: Session, text: str) -> None:
    session.render.line(f"\t{text}")


def _tell_hits(session: Session, one: Point) -> None:
    if one.hit_count:
        kind = "catchpoint" if isinstance(one, trapline.Catchpoint) else "breakpoint"
        _note(session, f"{kind} already hit {one.hit_count} time{'s' if one.hit_count > 1 else ''}")


def _tell_ignored(session: Session, one: Point) -> None:
    if one.ignore_count:
        _note(session, f"ignore next {one.ignore_count} hits")


def _tell_watchpoint(session: Session, columns: _Columns, one: trapline.Watchpoint) -> None:
    _row(session, columns, one, "", [watch_text(one)])
    _tell_condition(session, one)
    _tell_hits(session, one)
    _tell_ignored(session, one)


def _tell_catchpoint(session: Session, columns: _Columns, one: trapline.Catchpoint) -> None:
    _row(session, columns, one, "", [_caught(one)], "del" if one.temporary else "keep")
    if one.kind in BY_PATTERN and one.kind not in LIBRARY_EVENTS and one.names:
        _note(session, f"matching: {' or '.join(catch_names(one))}")
    _tell_condition(session, one)
    _tell_hits(session, one)
    _tell_ignored(session, one)


def _caught(one: trapline.Catchpoint) -> str:
    """Return what a catchpoint waits for: `syscall "write"`, `exception throw`."""
    names = (" " if one.kind == "signal" else ", ").join([name for name, _ in one.calls] or catch_names(one))
    match one.kind:
        case "syscall" | "signal":
            plural = "s" if max(len(one.names), len(one.calls)) > 1 else ""
            return f'{one.kind}{plural} "{names or f"<any {one.kind}>"}"'
        case "throw" | "rethrow" | "catch":
            return f"exception {one.kind}"
        case "load" | "unload":
            return f"{one.kind} of library{f' matching {names}' if names else ''}"
        case "assert":
            return "failed assertion"
        case _:
            return one.kind


def _tell_breakpoint(session: Session, columns: _Columns, one: trapline.Breakpoint) -> None:
    kept = "del" if one.temporary else "dis" if one.stops_left is not None else "keep"
    places = one.locations
    if not places:
        _row(session, columns, one, "<PENDING>", [one.shown], kept)
    elif len(places) == 1 and places[0].wanted:
        what = _what(session, columns, places[0]) or [f"<{one.shown}>"]
        if one.thread_id is not None:
            what.append(f" {_thread(session, one.thread_id)}")
        _row(session, columns, one, f"0x{places[0].address:016x}", what, kept)
    else:
        _row(session, columns, one, "<MULTIPLE>", [], kept)
    _tell_condition(session, one)
    if one.thread_id is not None:
        _note(session, f"stop only in {_thread(session, one.thread_id)}")
    _tell_hits(session, one)
    _tell_counts(session, one)
    if one.log is not None:
        _note(session, f"log {one.log}")
    if one.id in session.scripts.printed:
        session.render.line(f"        printf {session.scripts.printed[one.id]}")


def _tell_place(
    session: Session, columns: _Columns, one: trapline.Breakpoint, place: trapline.Location
) -> None:
    """Print the row of a location, where the breakpoint's own does not say all of it."""
    if len(one.locations) > 1 or not place.wanted:
        name = f"{one.id}.{place.number}"
        head = f"{name:<{columns.type + 13}} {_sign(one, place):<3} 0x{place.address:016x}"
        what = _what(session, columns, place)
        session.render.line(head, *([" ", *what] if what else []))


def _tell_counts(session: Session, one: trapline.Breakpoint) -> None:
    """Print what about a breakpoint depends on how often it is hit."""
    if one.hit_condition is not None:
        _note(session, f"stop only at hits {one.hit_condition}")
    _tell_ignored(session, one)
    if one.stops_left is not None and one.stops_left > 1:
        _note(session, f"disable after {'additional' if one.ignore_count else 'next'} {one.stops_left} hits")


def _sign(one: trapline.Breakpoint, place: trapline.Location) -> str:
    """Return whether a place is in force: `N*`: the condition means nothing; `y-`: the breakpoint is not."""
    if place.problem:
        return "N*"
    if not place.wanted:
        return "n"
    return "y" if one.enabled else "y-"


def _tell_condition(session: Session, one: Point) -> None:
    if one.condition is not None:
        _note(session, f"stop only if {one.condition}")


def _thread(session: Session, tid: int) -> str:
    program = session.program
    numbers = [thread.number for thread in program.threads if thread.tid == tid]
    return (
        f"thread {thread_ids.identity(program, numbers[0])}"
        if numbers
        else f"thread with id {tid}, which has ended"
    )


def _what(session: Session, columns: _Columns, place: trapline.Location) -> list[Part]:
    """Return `in ns::f(int) at twelve.cc:3`, `<main+4>` where no line is known, else nothing."""
    if place.source is None:
        name = session.name_at(place.address)
        return [f"<{name}>"] if name else []
    inside: list[Part] = []
    if place.signature:
        inside = ["in ", function(place.signature), " ", Break(columns.last)]
    return [*inside, "at ", file(place.source.name), f":{place.source.line}"]
