"""Setting breakpoints."""

from __future__ import annotations

import re

import trapline
from trapline.base.errors import DebuggerError, EvaluationError, SymbolNotFound
from trapline.base.patterns import compiled
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.cli import printf, thread_ids
from trapline.cli.locations import meant
from trapline.cli.registry import CommandError, command

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "Breakpoints"
_EXPLICIT = ("-function", "-line", "-qualified", "-source")
_ADDRESS = re.compile("0[xX][0-9a-fA-F]+")
_IF = re.compile(r"(?P<place>.*?)(?:^|(?<=\s))if(?=[\s(]|$)\s*(?P<condition>.*)")


@command("break [LOCATION...]", "b", "br", "brk", topic=TOPIC, needs="inferior", options=_EXPLICIT)
def break_(session: Session, location: str) -> None:
    """Set a breakpoint; without LOCATION where the program is.

    LOCATION is a line (`twelve.c:12`, or `12` in the file at hand), a function (`main`: behind its
    prologue; `*main`, `main+4`: that very address; `twelve.c:twice`: that of one file), an address
    (`0x401136` or `*0x401136`), either in one module (`libc.so.6!malloc`, and `twelve!0x1139` as objdump
    prints it), `/regular expression/`, or lines from where the program is (`+3`, `-2`). A line without code
    moves to the next that has some. `thread N` behind it stops only that thread, and `if CONDITION` only
    where that expression is true. What nothing has yet is pending, and says so: it is bound when a library
    brings it (`set breakpoint pending off` refuses it).
    """
    _set(session, location)


@command("tbreak [LOCATION...]", "tb", topic=TOPIC, needs="inferior", options=_EXPLICIT)
def tbreak(session: Session, location: str) -> None:
    """Set a breakpoint that is deleted at its first hit."""
    _set(session, location, temporary=True)


@command("hbreak [LOCATION...]", "hb", topic=TOPIC, needs="inferior", options=_EXPLICIT)
def hbreak(session: Session, location: str) -> None:
    """Set a breakpoint in one of the four debug registers; no byte of the program is changed."""
    _set(session, location, hardware=True)


@command("thbreak [LOCATION...]", topic=TOPIC, needs="inferior", options=_EXPLICIT)
def thbreak(session: Session, location: str) -> None:
    """Set a breakpoint in a debug register that is deleted at its first hit."""
    _set(session, location, hardware=True, temporary=True)


@command("rbreak PATTERN...", topic=TOPIC, needs="inferior")
def rbreak(session: Session, pattern: str) -> None:
    """Set one breakpoint at every function whose name matches a regular expression.

    `FILE:PATTERN` takes the functions of one source file only.
    """
    file, colon, text = pattern.partition(":")
    in_file = bool(colon) and not text.startswith(":") and re.fullmatch(r"[\w./+-]+", file) is not None
    text = text.strip() if in_file else pattern
    wanted = compiled(text)
    found = _placed(session, f"{file}:/{text}/" if in_file else wanted)
    session.set_convenience("bpnum", found.id)
    session.note(breakpoints=[found])
    if found.pending:
        session.render.line(f"Breakpoint {found.id} ({found.shown}) pending: no function matches yet.")
        return
    for place in found.locations:
        session.render.line(f"Breakpoint {found.id} at {place.address:#x}: {place.function}")


@command("logpoint LOCATION [TEXT...]", topic=TOPIC, needs="inferior")
def logpoint(session: Session, location: str, text: str) -> None:
    """Print TEXT whenever the program comes to LOCATION, and go on.

    What stands in braces is computed there: `logpoint twice x = {x}, {/x flags}, {p->name}`; `{{` and `}}`
    are braces. LOCATION is as in `break`, without spaces; `condition`, `ignore` and the others work on it.
    """
    where = meant(session, location)
    if not text:
        raise CommandError("logpoint needs TEXT; usage: logpoint LOCATION TEXT")
    found = _placed(session, where, log=text)
    tell_set(session, found, location)


@command("dprintf LOCATION...", topic=TOPIC, needs="inferior")
def dprintf(session: Session, location: str) -> None:
    r"""Print whenever the program comes to a location, and go on: `dprintf twice,"x = %d\n", x`.

    The format and the values are those of `printf`; `logpoint` has them in the text itself.
    """
    place, *values = printf.split(location)
    if not values or not place:
        raise CommandError('dprintf needs a format; usage: dprintf LOCATION,"FORMAT",VALUES')
    text = location[location.index(",", len(place)) + 1 :].strip()
    if not values[0].startswith('"'):
        raise CommandError("dprintf: the format is a text in double quotes")
    where = meant(session, place)
    found = _placed(session, where, callback=lambda *_: _print(session, text))
    session.scripts.printed[found.id] = text
    tell_set(session, found, place)


def _print(session: Session, text: str) -> None:
    """Print what a dprintf says, or why it cannot."""
    try:
        session.render.piece(printf.formatted(session, text))
    except DebuggerError as error:
        session.render.error(str(error))


def _set(session: Session, location: str, *, temporary: bool = False, hardware: bool = False) -> None:
    place, condition = split_condition(location)
    text, thread = split_thread(session, place)
    if condition is not None and thread is None:
        condition, thread = split_thread(session, condition)
    where = meant(session, text) if text else session.process.frame.pc
    try:
        found = _placed(
            session, where, condition=condition, temporary=temporary, hardware=hardware, thread=thread
        )
    except EvaluationError:
        raise  # about the condition
    except DebuggerError as error:
        if text.startswith("*"):
            raise CommandError(f"{text}: {error}") from None
        raise
    tell_set(session, found, text)


def _placed(session: Session, where: object, **options: Any) -> trapline.Breakpoint:
    """Set a breakpoint, pending where `set breakpoint pending` lets it be.

    Raises:
        CommandError: it may not be, and nothing has the location.
    """
    try:
        may_wait = session.settings["breakpoint pending"] != "off"
        return session.program.set_breakpoint(where, pending=may_wait, **options)
    except SymbolNotFound as error:
        raise CommandError(absence(session, str(where)) if isinstance(where, str) else str(error)) from None


def tell_set(session: Session, found: trapline.Breakpoint, text: str, *, with_others: bool = True) -> None:
    """Say where a breakpoint is and which others are there, or that it waits; `$bpnum` is its number."""
    session.set_convenience("bpnum", found.id)
    session.note(breakpoints=[found])
    if found.pending:
        _tell_pending(session, found, text)
        return
    if with_others and not session.batch:
        _tell_others(session, found)
    kind = "Dprintf" if found.id in session.scripts.printed else _kind(found)
    session.render.line(f"{kind} {found.id} at {where_set(found, text)}")
    if _ADDRESS.fullmatch(text):
        # What minidbg says, for hands and scripts that come from there.
        session.render.line(f"Set breakpoint at address {found.addresses[0]:#x}")


def _tell_others(session: Session, found: trapline.Breakpoint) -> None:
    """Say which breakpoints were at its places before."""
    at: dict[int, list[str]] = {address: [] for address in found.addresses}
    for one in session.program.breakpoints:
        if one.id != found.id:
            for address in at.keys() & one.addresses:
                at[address].append(_other(one, found))
    for address, names in at.items():
        if names:
            *first, last = names
            listed = f"{', '.join(first)} and {last}" if first else last
            plural = "s" if first else ""
            session.render.line(f"Note: breakpoint{plural} {listed} also set at pc {address:#x}.")


def _other(one: trapline.Breakpoint, found: trapline.Breakpoint) -> str:
    """Return a breakpoint's number, whether it is for all threads where the new one is not, and enabled."""
    thread = " (all threads)" if one.thread_id is None and found.thread_id is not None else ""
    return f"{one.id}{thread}{'' if one.enabled else ' (disabled)'}"


def where_set(found: trapline.Breakpoint, text: str) -> str:
    """Return `0x1139: file twelve.c, line 3.`, which is the line it is at, whatever line was asked for."""
    count = len(found.addresses)
    place = found.location(1)
    first, source = f"{place.address:#x}", place.source
    if count > 1:
        name = f": {text or found.shown}." if source is not None else ""
        return f"{first}{name} ({count} locations)"
    return f"{first}: file {source.name}, line {source.line}." if source is not None else first


def _tell_pending(session: Session, found: trapline.Breakpoint, text: str) -> None:
    """Say that it waits, as an error where nothing is known to bring it: it may be a mistake."""
    kind = _kind(found)
    where = found.spec if isinstance(found.spec, str) else text
    if not session.is_alive and not _is_unknown(session, where):
        session.render.line(f"{kind} {found.id} ({text}) will be set by the next `run`.")
    elif session.program.is_plausible(bare_name(where)):
        session.render.line(f"{kind} {found.id} ({text}) pending: no loaded file has it yet.")
    else:
        session.render.error(f"{absence(session, where)} {kind} {found.id} ({text}) pending.")


def absence(session: Session, text: str) -> str:
    """Say what there is none of: a file, a line of it, or a name."""
    try:
        session.program.places(text)
    except SymbolNotFound as error:
        near = f" Near names: {', '.join(error.near)}." if error.near else ""
        return f"No symbol {text!r} is known.{near}"
    except DebuggerError as error:
        from trapline.cli.session import said

        return said(error)
    return f"Nothing is at {text} yet."


def bare_name(text: str) -> str:
    """Return the name in a location, without its module and its offset."""
    name = text.rpartition("!")[2]
    return re.sub(r"\s*[+-]\s*(0x[0-9a-fA-F]+|\d+)$", "", name)


def _is_unknown(session: Session, text: str) -> bool:
    """Whether nothing has a line or a name: neither symbol tables nor, for `f` of `f(int)`, the sources."""
    is_line = re.search(r":\s*\d+$", text) is not None
    try:
        if not is_line:
            session.program.symbol(text)
            return False
    except SymbolNotFound:
        pass
    except DebuggerError:
        return False  # an address, or a pattern
    try:
        return not session.program.places(text)
    except DebuggerError:
        return True


def _kind(breakpoint: trapline.Breakpoint) -> str:
    if breakpoint.log is not None:
        return "Logpoint"
    if breakpoint.hardware:
        return "Temporary hardware breakpoint" if breakpoint.temporary else "Hardware assisted breakpoint"
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


def split_thread(session: Session, location: str) -> tuple[str, trapline.Thread | None]:
    """Return the location and the thread of `LOCATION thread N`."""
    found = re.fullmatch(r"(.*?)\s*\bthread\s+(\S+)", location)
    if found is None:
        return location, None
    return found.group(1), thread_ids.named(session, found.group(2))
