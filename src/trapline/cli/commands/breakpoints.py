"""Breakpoints, watchpoints and catchpoints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

import trapline
from trapline.base.errors import DebuggerError, EvaluationError, SymbolNotFound
from trapline.cli.registry import CommandError, command
from trapline.cli.stops import watch_text

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "Breakpoints"
_ADDRESS = re.compile("0[xX][0-9a-fA-F]+")
_IF = re.compile(r"(?P<place>.*?)(?:^|(?<=\s))if(?=[\s(]|$)\s*(?P<condition>.*)")

Point: TypeAlias = "trapline.Breakpoint | trapline.Watchpoint | trapline.Catchpoint"


@command("break [LOCATION...]", "b", "br", "brk", topic=TOPIC, needs="inferior")
def break_(session: Session, location: str) -> None:
    """Set a breakpoint; without LOCATION where the program is.

    LOCATION is a line (`twelve.c:12`, or `12` in the file at hand), a function (`main`: behind its
    prologue; `*main`, `main+4`: that very address), an address (`0x401136` or `*0x401136`), either in one
    module (`libc.so.6!malloc`, and `twelve!0x1139` as objdump prints it), or `/regular expression/`.
    A line without code moves to the next that has some. `thread N` behind it stops only that thread, and
    `if CONDITION`, which comes last, only where that expression is true. What nothing has yet is pending:
    it is bound when a library brings it.
    """
    _set(session, location)


@command("tbreak [LOCATION...]", "tb", topic=TOPIC, needs="inferior")
def tbreak(session: Session, location: str) -> None:
    """Set a breakpoint that is deleted at its first hit."""
    _set(session, location, temporary=True)


@command("hbreak [LOCATION...]", "hb", topic=TOPIC, needs="inferior")
def hbreak(session: Session, location: str) -> None:
    """Set a breakpoint in one of the four debug registers; no byte of the program is changed."""
    _set(session, location, hardware=True)


@command("rbreak PATTERN...", topic=TOPIC, needs="inferior")
def rbreak(session: Session, pattern: str) -> None:
    """Set one breakpoint at every function whose name matches a regular expression."""
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise CommandError(f"{pattern!r} is no regular expression: {error}") from None
    found = session.program.set_breakpoint(compiled)
    if found.pending:
        session.render.line(f"Breakpoint {found.id} (/{pattern}/) pending: no function matches yet.")
        return
    for place in found.locations:
        session.render.line(f"Breakpoint {found.id} at {place.address:#x}: {place.function}")


def _set(session: Session, location: str, *, temporary: bool = False, hardware: bool = False) -> None:
    inferior = session.program
    place, condition = split_condition(location)
    text, thread = _split_thread(session, place)
    where: Any = text or session.process.frame.pc
    if text.startswith("*"):
        # `*EXPRESSION`, which the library reads for plain addresses and names only.
        where = session.address(text[1:])
    try:
        found = inferior.set_breakpoint(
            where, condition=condition, temporary=temporary, hardware=hardware, thread=thread
        )
    except EvaluationError:
        raise  # about the condition
    except DebuggerError as error:
        if text.startswith("*"):
            raise CommandError(f"{text}: {error}") from None
        raise
    kind = _kind(found)
    if not found.pending:
        session.render.line(f"{kind} {found.id} at {where_set(found, text)}")
        if _ADDRESS.fullmatch(text):
            # What minidbg says, for hands and scripts that come from there.
            session.render.line(f"Set breakpoint at address {found.locations[0].address:#x}")
        return
    _tell_pending(session, found, text)


def where_set(found: trapline.Breakpoint, text: str) -> str:
    """Return `0x1139: file twelve.c, line 3.`, which is the line it is at, whatever line was asked for."""
    places = found.locations
    first = f"{places[0].address:#x}"
    if len(places) > 1:
        return f"{first}: {text or found.shown}. ({len(places)} locations)"
    source = places[0].source
    return f"{first}: file {source.name}, line {source.line}." if source is not None else first


def _tell_pending(session: Session, found: trapline.Breakpoint, text: str) -> None:
    """Say at once that nothing has the name; where nothing ever will, a script has failed."""
    kind = _kind(found)
    message = f"{_absence(session, text)} {kind} {found.id} ({text}) pending."
    if not session.is_alive and not _is_unknown(session, text):
        session.render.line(f"{kind} {found.id} ({text}) will be set by the next `run`.")
    elif session.program.is_plausible(_bare_name(text)):
        session.render.line(f"{kind} {found.id} ({text}) pending: no loaded file has it yet.")
    elif session.batch:
        raise CommandError(message)
    else:
        session.render.error(message)


def _absence(session: Session, text: str) -> str:
    """Say what there is none of: a file, a line of it, or a name."""
    try:
        session.program.places(text)
    except SymbolNotFound as error:
        near = f" Near names: {', '.join(error.near)}." if error.near else ""
        return f"No symbol {text!r} is known.{near}"
    except DebuggerError as error:
        return str(error)
    return f"Nothing is at {text} yet."


def _bare_name(text: str) -> str:
    name = text.rpartition("!")[2]
    return re.sub(r"\s*[+-]\s*(0x[0-9a-fA-F]+|\d+)$", "", name)


def _is_unknown(session: Session, text: str) -> bool:
    try:
        session.program.symbol(text)
    except SymbolNotFound:
        return True
    except DebuggerError:
        pass  # an address, or a pattern
    return False


def _kind(breakpoint: trapline.Breakpoint) -> str:
    if breakpoint.hardware:
        return "Hardware assisted breakpoint"
    return "Temporary breakpoint" if breakpoint.temporary else "Breakpoint"


def split_condition(text: str) -> tuple[str, str | None]:
    """Return what is before ` if `, and the condition behind it; None without one.

    Raises:
        CommandError: nothing is behind it.
    """
    found = _IF.match(text)
    if found is None:
        return text, None
    if not found["condition"]:
        raise CommandError("an expression is needed behind `if`: `break twice if x == 6`")
    return found["place"].rstrip(), found["condition"]


def _split_thread(session: Session, location: str) -> tuple[str, trapline.Thread | None]:
    """Return the location and the thread of `LOCATION thread N`."""
    found = re.fullmatch(r"(.*?)\s*\bthread\s+(\S+)", location)
    if found is None:
        return location, None
    for thread in session.process.threads:
        if found.group(2) == str(thread.number):
            return found.group(1), thread
    raise CommandError(f"no thread {found.group(2)}; `info threads` lists them")


# -- data and events -----------------------------------------------------------------------------


@command("watch EXPRESSION...", topic=TOPIC)
def watch(session: Session, expression: str) -> None:
    """Stop when memory is written with another value, by any thread.

    EXPRESSION is a variable's name (`counter`), or memory: `*0x404028` (4 bytes), `{long}0x404028`.
    `if CONDITION` behind it stops only where that expression is true. One of four debug registers is used:
    1, 2, 4 or 8 bytes, aligned.
    """
    _watch(session, expression, "write")


@command("awatch EXPRESSION...", topic=TOPIC)
def awatch(session: Session, expression: str) -> None:
    """Stop when memory is read or written, by any thread; EXPRESSION as in `watch`."""
    _watch(session, expression, "read_write")


@command("rwatch EXPRESSION...", topic=TOPIC)
def rwatch(session: Session, expression: str) -> None:
    """Stop when memory is read; the processor cannot tell reads alone, so writes stop too."""
    _watch(session, expression, "read_write")
    session.render.line("The processor has no watchpoint for reads alone: writes will stop as well.")


def _watch(session: Session, expression: str, access: str) -> None:
    inferior = session.process
    text, condition = split_condition(re.sub(r"^-(l|location)\s+", "", expression))
    found = inferior.set_watchpoint(text, access=access, condition=condition)
    name = "Hardware watchpoint" if access == "write" else "Hardware access (read/write) watchpoint"
    session.render.line(f"{name} {found.id}: {watch_text(found)}")


@command("catch KIND [NAMES...]", topic=TOPIC, needs="inferior")
def catch(session: Session, kind: str, names: str) -> None:
    """Stop on an event.

    KIND is `syscall` or `signal` (NAMES or numbers narrow it), `load` (NAMES: parts of library names),
    `fork`, `vfork`, `exec`, `clone` (a thread begins) or `exit` (a thread ends).
    """
    words = [int(word) if word.isascii() and word.isdigit() else word for word in names.split()]
    found = session.program.set_catchpoint(kind, *words)
    what = f"{kind} {names}".strip()
    session.render.line(f"Catchpoint {found.id} ({what})")


# -- those that there are ------------------------------------------------------------------------


def points(session: Session) -> list[Point]:
    """Return all break-, watch- and catchpoints by number."""
    inferior = session.program
    found: list[Point] = [*inferior.breakpoints, *inferior.watchpoints, *inferior.catchpoints]
    return sorted(found, key=lambda one: one.id)


def point(session: Session, text: str) -> Point:
    """Return one by its number.

    Raises:
        CommandError: there is none.
    """
    for one in points(session):
        if text == str(one.id):
            return one
    if not text.isdigit():
        raise CommandError(f"{text!r} is no breakpoint number; `info breakpoints` lists them")
    raise CommandError(f"No breakpoint number {text}.")


def _named(session: Session, text: str) -> list[Point]:
    """Return those that `1 3 5-7` names; all when nothing is named."""
    if not text:
        return points(session)
    found: list[Point] = []
    for word in text.split():
        first, dash, last = word.partition("-")
        if dash and first.isdigit() and last.isdigit():
            low, high = int(first), int(last)
            found += [one for one in points(session) if low <= one.id <= high]
        else:
            found.append(point(session, word))
    return found


@command("delete [NUMBERS...]", "d", "del", topic=TOPIC, needs="inferior")
def delete(session: Session, numbers: str) -> None:
    """Delete break-, watch- and catchpoints by number (`1 3 5-7`); all when none is given."""
    for one in _named(session, numbers.removeprefix("breakpoints").strip()):
        one.delete()


@command("enable [NUMBERS...]", "en", topic=TOPIC, needs="inferior")
def enable(session: Session, numbers: str) -> None:
    """Put break-, watch- and catchpoints in force again; all when none is given."""
    for one in _named(session, numbers):
        one.enable()


@command("disable [NUMBERS...]", "dis", "disa", topic=TOPIC, needs="inferior")
def disable(session: Session, numbers: str) -> None:
    """Take break-, watch- and catchpoints out of force without forgetting them; all when none is given."""
    for one in _named(session, numbers):
        one.disable()


@command("ignore BREAKPOINT COUNT", topic=TOPIC, needs="inferior")
def ignore(session: Session, breakpoint: str, count: str) -> None:
    """Let the next COUNT passes of a breakpoint go by, counted only."""
    one = point(session, breakpoint)
    if not isinstance(one, trapline.Breakpoint):
        raise CommandError(f"{breakpoint} is no breakpoint; only those have an ignore count")
    number = session.count(count, "COUNT", least=0)
    one.ignore_count = number
    if number:
        session.render.line(f"Will ignore next {number} crossings of breakpoint {one.id}.")
    else:
        session.render.line(f"Will stop next time breakpoint {one.id} is reached.")


@command("condition BREAKPOINT [EXPRESSION...]", "cond", topic=TOPIC, needs="inferior")
def condition(session: Session, breakpoint: str, expression: str) -> None:
    """Stop at a break- or watchpoint only where EXPRESSION is true; always, when none is given."""
    one = point(session, breakpoint)
    if isinstance(one, trapline.Catchpoint):
        raise CommandError(f"{breakpoint} is a catchpoint; only break- and watchpoints have conditions")
    one.condition = expression or None
    if not expression:
        session.render.line(f"Breakpoint {one.id} now unconditional.")


@command("info breakpoints", "info watchpoints", topic=TOPIC, needs="")
def info_breakpoints(session: Session) -> None:
    """List break-, watch- and catchpoints: where they are, whether in force, how often hit."""
    known = points(session) if session.inferior is not None else []
    if not known:
        session.render.line("No breakpoints or watchpoints.")
        return
    session.render.line(f"{'Num':<7} {'Type':<14} {'Disp':<4} {'Enb':<3} {'Address':<18} What")
    for one in known:
        _tell_point(session, one)


def _tell_point(session: Session, one: Point) -> None:
    line = session.render.line
    enabled = "y" if one.enabled else "n"
    if isinstance(one, trapline.Watchpoint):
        kind = "hw watchpoint" if one.access == "write" else "acc watchpoint"
        line(f"{one.id:<7} {kind:<14} keep {enabled:<3} {'':<18} {watch_text(one)}")
        _tell_condition(session, one)
    elif isinstance(one, trapline.Catchpoint):
        what = " ".join([one.kind, *(str(name) for name in one.names)])
        line(f"{one.id:<7} {'catchpoint':<14} keep {enabled:<3} {'':<18} {what}")
    else:
        kind = "hw breakpoint" if one.hardware else "breakpoint"
        kept = "del" if one.temporary else "keep"
        places = one.locations
        spec = f"<{one.shown}>"
        shown = "<PENDING>" if not places else "<MULTIPLE>" if len(places) > 1 else ""
        what = one.shown if not places else ""
        if len(places) == 1:
            shown, what = f"0x{places[0].address:016x}", _what(session, places[0]) or spec
        line(f"{one.id:<7} {kind:<14} {kept:<4} {enabled:<3} {shown:<18} {what}")
        _tell_condition(session, one)
        if one.thread_id is not None:
            numbers = [thread.number for thread in session.program.threads if thread.tid == one.thread_id]
            who = f"thread {numbers[0]}" if numbers else f"thread with id {one.thread_id}, which has ended"
            line(f"        stop only in {who}")
    if one.hit_count:
        line(f"        breakpoint already hit {one.hit_count} time{'s' if one.hit_count > 1 else ''}")
    if isinstance(one, trapline.Breakpoint):
        if one.ignore_count:
            line(f"        ignore next {one.ignore_count} hits")
        if len(one.locations) > 1:
            for number, place in enumerate(one.locations, 1):
                name = f"{one.id}.{number}"
                # As in gdb: at a place with this sign the condition means nothing.
                sign = enabled if place.enabled or not one.enabled else "N*"
                line(f"{name:<7} {'':<14} {'':<4} {sign:<3} 0x{place.address:016x} {_what(session, place)}")


def _tell_condition(session: Session, one: trapline.Breakpoint | trapline.Watchpoint) -> None:
    if one.condition is not None:
        session.render.line(f"        stop only if {one.condition}")


def _what(session: Session, place: trapline.Location) -> str:
    """Return `in main at twelve.c:3`, `<main+4>` where no line is known, or "" where no symbol is."""
    if place.source is None:
        return _inside(session, place.address)
    inside = f"in {place.function} " if place.function else ""
    return f"{inside}at {place.source.name}:{place.source.line}"


def _inside(session: Session, address: int) -> str:
    """Return `<main+4>`, or "" where no symbol is."""
    found = re.search(r"<.*>$", session.program.describe(address))
    return found.group() if found else ""
